import { type ActorContext, colocated, type Effect, Effects, msgpack, type StateMachine, silentLogger } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Learner } from '../../../packages/core/src/consensus/multi-paxos/learner.js';
import type { SnapshotRequest } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { DEFAULTS } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { placementOf } from '../../../packages/core/src/consensus/multi-paxos/placement.js';
import { EntryType, emptyEntry } from '../../../packages/core/src/replication/entry.js';
import { Replica } from '../../../packages/core/src/replication/replica.js';
import { Listing } from './listing.js';
import { addressOf } from './synod.js';

const CODECS = { command: msgpack(), result: msgpack(), query: msgpack(), answer: msgpack() };
const MEBIBYTE = 1024 * 1024;

/** A learner on its own, the messages that it sends, and the timers that run. */
const learning = () => {
  const said: { kind: string }[] = [];
  const timers = new Set<string>();
  const gauges: Record<string, unknown> = {};
  const context: ActorContext = {
    self: addressOf('a', 'learner'),
    generation: 'first',
    random: { uint32: () => 0 },
    logger: silentLogger,
    tracing: false,
    recovered: { records: [] },
    gauges,
    now: () => 0,
    wallClock: () => 0,
    address: (role, node = 'a') => addressOf(node, role),
  };
  const perform = (effect: Effect): void => {
    if (effect.effect === 'send') said.push(effect.message);
    if (effect.effect === 'startTimer') timers.add(effect.name);
    if (effect.effect === 'stopTimer') timers.delete(effect.name);
  };
  const replica = new Replica(new Listing() as StateMachine, CODECS, DEFAULTS.sessions);
  const learner = new Learner(context, new Effects(perform), placementOf(colocated(['a', 'b', 'c'])), DEFAULTS, replica);
  learner.start();
  return { learner, said, timers, gauges };
};

const noop = emptyEntry(EntryType.Noop, 0);

describe('a learner behind', () => {
  test('keeps no more than 64 MiB of what it cannot execute yet, and executes that much once the hole is filled', () => {
    const { learner, gauges } = learning();
    const large = { ...noop, payload: new Uint8Array(MEBIBYTE) };
    learner.chosen({ kind: 'chosen', first: 1, entries: Array.from({ length: 100 }, () => large), commit: 101 });
    expect(gauges).toMatchObject({ applied: 0, chosen: 101 });
    learner.chosen({ kind: 'chosen', first: 0, entries: [noop], commit: 101 });
    expect(gauges).toMatchObject({ applied: 64, chosen: 101, behind: 37 });
  });

  test('goes on asking when the snapshot that it fetched is older than what it has executed meanwhile', () => {
    const { learner, said, timers, gauges } = learning();
    learner.chosen({ kind: 'chosen', first: 0, entries: [], commit: 10 });
    learner.snapshotOffer({ kind: 'snapshotOffer', next: 2 }, addressOf('b', 'learner'));
    const { transfer } = said.at(-1) as SnapshotRequest;
    learner.caughtUp({ kind: 'caughtUp', first: 0, entries: [noop, noop, noop], commit: 3 }, addressOf('c', 'learner'));
    const last = {
      kind: 'snapshotFragment',
      transfer,
      cut: 1,
      next: 2,
      fragment: 0,
      ends: true,
      last: true,
      bytes: new Uint8Array(1),
    } as const;
    learner.snapshotFragment(last, addressOf('b', 'learner'));
    expect(gauges).toMatchObject({ applied: 3, behind: 7 });
    expect(timers).toContain('catchUp');
  });

  test('keeps no more than 64 MiB of queries until it has what they ask for, and answers those', () => {
    const { learner, said } = learning();
    const query = msgpack().encode('x'.repeat(MEBIBYTE));
    for (let id = 0; id < 100; id++) learner.query({ kind: 'query', origin: 'b', id, index: 1, queries: [query] });
    expect(said.filter(({ kind }) => kind === 'answers')).toEqual([]);
    learner.chosen({ kind: 'chosen', first: 0, entries: [noop], commit: 1 });
    expect(said.filter(({ kind }) => kind === 'answers')).toHaveLength(63);
    learner.query({ kind: 'query', origin: 'b', id: 100, index: 2, queries: [query] });
    learner.chosen({ kind: 'chosen', first: 1, entries: [noop], commit: 2 });
    expect(said.filter(({ kind }) => kind === 'answers')).toHaveLength(64);
  });
});
