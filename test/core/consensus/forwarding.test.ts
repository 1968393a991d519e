import { type ActorContext, Effects } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Forwarding } from '../../../packages/core/src/consensus/multi-paxos/forwarding.js';
import type { Read, Request } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { addressOf } from './synod.js';

const request = (seq: number, hops = 0): Request => ({
  kind: 'request',
  origin: 'p',
  session: 1,
  seq,
  floor: 1,
  hops,
  learner: 'p',
  payload: new Uint8Array(1),
});
const read = (id: number): Read => ({ kind: 'read', origin: 'p', id, hops: 0, queries: [] });

/** At a node that takes `watch.freshLeader` for the leader. */
const forwarding = () => {
  const said: unknown[] = [];
  const watch: { freshLeader: string | undefined } = { freshLeader: undefined };
  const effects = new Effects((effect) => {
    if (effect.effect === 'send') said.push([`${effect.to.role} of ${effect.to.node}`, effect.message]);
  });
  return {
    said,
    watch,
    waits: new Forwarding({ address: (role, node) => addressOf(node as string, role) } as ActorContext, effects, watch),
  };
};

describe('what proposers ask of a leader that does not lead', () => {
  test('goes on to the leader that is heard of, and the proposer is told which that is', () => {
    const { said, watch, waits } = forwarding();
    watch.freshLeader = 'b';
    waits.request(request(7));
    waits.read(read(3));
    const leaderIs = ['proposer of p', { kind: 'leaderIs', node: 'b' }];
    expect(said).toEqual([['leader of b', { ...request(7), hops: 1 }], leaderIs, ['leader of b', { ...read(3), hops: 1 }], leaderIs]);
    expect(waits.waiting).toBe(0);
  });

  test('goes on twice and no more, and who is not answered asks again', () => {
    const { said, watch, waits } = forwarding();
    watch.freshLeader = 'b';
    waits.request(request(7, 1));
    expect(said).toMatchObject([
      ['leader of b', { hops: 2 }],
      ['proposer of p', {}],
    ]);
    waits.request(request(7, 2));
    expect(said.length).toBe(2);
    expect(waits.waiting).toBe(0);
  });

  test('waits while none is known, and goes on, in order, to the first that is', () => {
    const { said, watch, waits } = forwarding();
    waits.read(read(1));
    for (const seq of [7, 8, 7]) waits.request(request(seq));
    waits.release();
    expect([said, waits.waiting]).toEqual([[], 2]);
    watch.freshLeader = 'c';
    waits.release();
    expect(said.map((one) => (one as [string, Request & Read])[1]).filter(({ kind }) => String(kind) !== 'leaderIs')).toMatchObject([
      { seq: 7 },
      { seq: 8 },
      { id: 1 },
    ]);
    expect(waits.waiting).toBe(0);
  });

  test('is taken by the reign of this node, once that begins', () => {
    const { said, waits } = forwarding();
    const taken: (Request | Read)[] = [];
    const take = (asked: Request | Read): unknown => taken.push(asked);
    for (const seq of [7, 8]) waits.request(request(seq));
    waits.read(read(1));
    waits.release({ request: take, read: take });
    waits.release({ request: take, read: take });
    expect([taken, said]).toEqual([[request(7), request(8), read(1)], []]);
  });
});
