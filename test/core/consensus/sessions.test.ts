import { msgpack, OverloadedError, topology, UnknownOutcomeError } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { MultiPaxosClient } from '../../../packages/core/src/consensus/multi-paxos/client.js';
import type { Ask, Retry, Submit } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { Transcript } from './transcript.js';

const count = (applied: readonly string[], command: string): number => applied.filter((one) => one === command).length;

/** Promises have had their turn. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a command', () => {
  test('is executed once though request, accept, vote and reply are each lost once', () => {
    for (const lost of ['request', 'accept', 'accepted', 'reply']) {
      const t = Transcript.led('A', ['A', 'B']);
      const x = t.submit('B', 'x');
      for (const kind of ['request', 'accept', 'accepted', 'heartbeat', 'heard', 'reply'])
        t[kind === lost ? 'lose' : 'flowOnly']('*→*', kind);
      t.live(3000);
      expect([lost, t.outcome(x)]).toEqual([lost, 3]);
      for (const node of ['A', 'B', 'C']) expect(count(t.applied(node), 'x')).toBe(1);
    }
  });

  test('is executed once though everything is delivered twice', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const tickets = ['x', 'y', 'z'].map((command) => t.submit('B', command));
    for (let i = 0; i < 40; i++) {
      const all = t.hold('*→*');
      t.release(all).release(all).wait(2);
    }
    expect(tickets.map((ticket) => t.outcome(ticket))).toEqual([3, 4, 5]);
    t.live(1000);
    for (const node of ['A', 'B', 'C']) expect(t.applied(node).slice(2)).toEqual(['x', 'y', 'z']);
  });

  test('is taken over by the next leader if the one that it was sent to is gone', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('B', 'x');
    t.deliver('B→A', 'request').deliver('A→C', 'accept').crash('A').live(5000);
    expect(t.outcome(x)).toBe(3);
    for (const node of ['B', 'C']) expect(count(t.applied(node), 'x')).toBe(1);
  });

  test('whose outcome was unknown is asked for again by its caller, and was executed once', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('B', 'x', 200);
    t.deliver('B→A', 'request').deliver('A→C', 'accept').deliver('C→A', 'accepted').lose('A→B').cut('A→B', 'C→B').live(300);
    expect(t.outcome(x)).toBe('unknown');
    t.heal();
    const again = t.retry(x);
    t.live(2000);
    expect(t.outcome(again)).toBe(3);
    for (const node of ['A', 'B', 'C']) expect(count(t.applied(node), 'x')).toBe(1);
    // Its outcome was told; nothing of it is kept.
    const late = t.retry(x);
    expect(t.outcome(late)).toBe('unknown');
  });

  test('is asked for again and again through the error that its caller was told first', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('B', 'x', 200);
    t.lose('*→*').cut('A→B', 'C→B').live(300);
    for (let i = 0; i < 3; i++) {
      const again = t.retry(x, 200);
      t.live(300);
      expect(t.outcomeOf(again)).toMatchObject({ message: 'no outcome in time; it may have happened' });
    }
    t.heal();
    const last = t.retry(x);
    t.live(2000);
    expect(t.outcome(last)).toBe(3);
    for (const node of ['A', 'B', 'C']) expect(count(t.applied(node), 'x')).toBe(1);
  });

  test('stays unknown if there is no room to ask for it again: nobody is told that nothing happened', async () => {
    let room = true;
    let last: Submit | Retry | Ask | undefined;
    const send = (message: Submit | Retry | Ask): void => {
      if (!room) throw new OverloadedError('the queue is full');
      last = message;
    };
    const codecs = { command: msgpack(), result: msgpack(), query: msgpack(), answer: msgpack() };
    const client = new MultiPaxosClient({ send, now: () => 0, soon: queueMicrotask }, codecs, () => {}, 1000);
    const error = (call: Promise<unknown>): Promise<UnknownOutcomeError> =>
      call.then(
        () => expect.fail('it was answered'),
        (thrown) => thrown,
      );
    const submitted = error(client.submit('x'));
    await settled();
    const { calls } = last as unknown as Submit;
    client.settled({ kind: 'settled', calls, settlement: { status: 'unknown', reason: 'no outcome in time' } });
    const unknown = await submitted;
    room = false;
    const refused = await error(unknown.retry());
    expect(refused).toBeInstanceOf(UnknownOutcomeError);
    room = true;
    void refused.retry();
    expect(last).toMatchObject({ kind: 'retry', unknown: calls[0] });
  });

  test('goes to the leader that its proposer shows, until that does not answer', () => {
    const t = Transcript.led('A', ['B']);
    expect(t.gauges('B', 'proposer').leader).toBe('A');
    t.submit('B', 'x');
    t.wait(1000);
    expect(t.gauges('B', 'proposer').leader).toBeUndefined();
  });

  test('that never left its proposer is refused at its deadline: nothing happened', () => {
    const t = new Transcript().form();
    const x = t.submit('A', 'x', 100);
    t.wait(200);
    expect(t.outcome(x)).toBe('refused');
    t.live(3000);
    expect(t.applied('A')).toEqual([]);
  });
});

describe('a session', () => {
  test('is opened once though the client asks again and again', () => {
    const t = new Transcript().form().elect('A').flow();
    const x = t.submit('B', 'x');
    const opens = t.hold('B→A', 'request');
    t.release(opens).release(opens).release(opens).flow();
    expect([0, 1, 2, 3, 4].map((slot) => t.slot(slot))).toEqual(['no-op', 'open', 'open', 'open', 'x']);
    expect(t.outcome(x)).toBe(1);
    expect(t.gauges('A', 'learner').sessions).toBe(1);
  });

  test('of an earlier life answers nothing to the next: a restarted proposer opens its own', () => {
    const t = Transcript.led('A', ['A', 'B']);
    t.submit('B', 'x');
    t.deliver('B→A', 'request').deliver('A→C', 'accept').deliver('C→A', 'accepted');
    const replies = t.hold('A→B', 'reply');
    t.restart('B').flow();
    // Its first batch has the number that x had had in the other session, were numbers all that counted.
    const y = t.submit('B', 'y');
    t.release(replies).live(500);
    expect(t.outcome(y)).toBe(4);
    expect(t.applied('A').slice(2)).toEqual(['x', 'y']);
  });

  test('that was evicted leaves its commands unknown, executes none of them later, and is followed by another', () => {
    const options = { sessions: { sessions: 2, bytes: 1 << 20, outstanding: 100 } };
    const t = Transcript.led('A', ['A', 'B'], { options });
    const x = t.submit('B', 'x');
    const requests = t.hold('B→A', 'request');
    // A third session evicts B's, which was used longest ago.
    t.submit('A', 'newer');
    t.flow();
    t.submit('C', 'third');
    t.flow();
    t.release(requests).flow();
    expect(t.outcome(x)).toBe('unknown');
    expect(t.events).toContainEqual(expect.objectContaining({ event: 'session evicted', node: 'B' }));
    const y = t.submit('B', 'y');
    t.live(1000);
    expect(t.outcome(y)).toBe(5);
    expect(t.applied('A')).not.toContain('x');
  });

  test('takes batches in whatever order they arrive', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const tickets = ['x', 'y', 'z'].map((command) => t.submit('B', command));
    const requests = t.hold('B→A', 'request');
    for (const request of requests.reverse()) t.release([request]);
    t.flow();
    expect(t.applied('A').slice(2)).toEqual(['z', 'y', 'x']);
    expect(tickets.map((ticket) => t.outcome(ticket))).toEqual([5, 4, 3]);
  });

  test('makes room for new commands when those that nobody waits for any more have filled its window', () => {
    const options = { window: { slots: 1024, bytes: 300_000 } };
    const t = Transcript.led('A', ['A', 'B'], { options });
    const large = Array.from({ length: 3 }, (_, i) => t.submit('B', `${i}`.repeat(100_000), 500));
    t.lose('*→*').cut('B→*').live(1000);
    expect(large.map((ticket) => t.outcome(ticket))).toEqual(['unknown', 'unknown', 'unknown']);
    t.heal();
    const x = t.submit('B', 'x', 2000);
    t.live(1500);
    expect(t.outcome(x)).toBeTypeOf('number');
  });
});

describe('exactly one learner answers a command', () => {
  test("the leader's, if it has one", () => {
    const t = Transcript.led('A', ['A', 'B', 'C']);
    const replies: string[] = [];
    for (const node of ['A', 'B', 'C']) t.submit(node, `from ${node}`);
    for (let i = 0; i < 20; i++) {
      replies.push(...t.onWire().filter((line) => line.endsWith('reply')));
      const all = t.hold('*→*');
      t.release(all).wait(5);
    }
    expect(replies.sort()).toEqual(['A→B reply', 'A→C reply']);
  });

  test('else the one that the request names, and another if that one is gone', () => {
    const placed = topology({
      front: ['proposer', 'leader'],
      x: ['acceptor'],
      y: ['acceptor'],
      z: ['acceptor'],
      l1: ['learner'],
      l2: ['learner'],
    });
    const t = Transcript.led('front', ['front'], { topology: placed });
    t.crash('l1');
    const command = t.submit('front', 'x');
    t.live(3000);
    expect(t.outcome(command)).toBe(2);
    t.start('l1').crash('l2');
    const other = t.submit('front', 'y');
    t.live(3000);
    expect(t.outcome(other)).toBe(3);
    expect(t.applied('l1')).toEqual(['hello from front', 'x', 'y']);
  });
});
