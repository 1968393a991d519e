import { colocated, topology } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { ReadRounds } from '../../../packages/core/src/consensus/multi-paxos/read-rounds.js';
import { majority } from '../../../packages/core/src/consensus/quorum.js';
import { Transcript } from './transcript.js';

/** Long enough for the acceptors to support another, and too short for the leader to know that nobody answers it. */
const STILL_LEADING = 410;

describe('a linearizable read', () => {
  test('is answered once a quorum has answered a heartbeat that was sent after it', () => {
    const t = Transcript.led('A');
    t.wait(50);
    // An answer to an earlier heartbeat, still on its way, proves nothing for a later read.
    t.deliver('A→B,C', 'heartbeat');
    const early = t.hold('B,C→A', 'heard');
    const read = t.query('A');
    t.release(early);
    expect(t.outcome(read)).toBeUndefined();
    t.deliver('A→B', 'heartbeat').deliver('B→A', 'heard');
    expect(t.outcome(read)).toEqual(['hello from A']);
  });

  test('counts a node that answers twice once', () => {
    const t = Transcript.led('A', ['A'], { topology: colocated(['A', 'B', 'C', 'D', 'E']) });
    const read = t.query('A');
    t.deliver('A→B', 'heartbeat');
    const heard = t.hold('B→A', 'heard');
    for (let i = 0; i < 3; i++) t.release(heard);
    expect(t.outcome(read)).toBeUndefined();
    t.deliver('A→C', 'heartbeat').deliver('C→A', 'heard');
    expect(t.outcome(read)).toEqual(['hello from A']);
  });

  test('is not confirmed by an acceptor that has promised a higher ballot', () => {
    const t = Transcript.led('A');
    t.wait(STILL_LEADING).lose('*→*');
    t.tell('B', 'leader', { kind: 'electionTimer' }).deliver('B→C', 'probe').deliver('C→B', 'probed').deliver('B→C', 'prepare');
    const read = t.query('A');
    t.deliver('A→B,C', 'heartbeat');
    expect(t.onWire('B,C→A')).toContain('C→A nack');
    t.deliver('B,C→A', 'nack');
    expect(t.outcome(read)).toBeUndefined();
    expect(t.leads('A')).toBe(false);
  });

  test('at another node is served from what the leader knows to be chosen, once that is executed there', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('A', 'x');
    // B votes, but has not been told of the commit.
    t.deliver('A→B', 'accept').deliver('B→A', 'accepted');
    expect(t.outcome(x)).toBe(3);
    const read = t.query('B');
    t.deliver('B→A', 'read');
    const commits = t.hold('A→B', 'heartbeat');
    t.deliver('A→C', 'heartbeat').deliver('C→A', 'heard').deliver('A→B', 'readIndex');
    expect(t.applied('B')).not.toContain('x');
    expect(t.outcome(read)).toBeUndefined();
    t.release(commits);
    expect(t.outcome(read)).toEqual(['hello from A', 'hello from B', 'x']);
  });

  test('waits at a new leader until its barrier is chosen, for only then it knows everything that may have been', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('A', 'x');
    t.deliver('A→C', 'accept').deliver('C→A', 'accepted');
    expect(t.outcome(x)).toBe(3);
    t.wait(1000).lose('*→*');
    t.crash('A').elect('B', 'C');
    expect(t.leads('B')).toBe(true);
    const accepts = t.hold('B→C', 'accept');
    const read = t.query('B');
    t.flow('B', 'C').wait(60).flow('B', 'C');
    expect(t.outcome(read)).toBeUndefined();
    t.release(accepts).flow('B', 'C');
    expect(t.outcome(read)).toEqual(['hello from A', 'hello from B', 'x']);
  });

  test('costs one confirmation round for all reads of a turn', () => {
    const rounds = new ReadRounds(majority(['a', 'b', 'c']).isPhase2);
    const read = (id: number) => ({ kind: 'read', origin: 'a', id, hops: 0, queries: [] }) as const;
    const round = rounds.begin([read(1), read(2), read(3)], 7);
    expect(rounds.heard('a', round, 9)).toEqual([]);
    expect(rounds.heard('b', round, 9)).toMatchObject([{ commit: 7, end: 9, reads: [{ id: 1 }, { id: 2 }, { id: 3 }] }]);
    expect(rounds.heard('c', round, 9)).toEqual([]);
  });

  test('is confirmed by the answer to a later heartbeat as well, and by none that was never sent', () => {
    const rounds = new ReadRounds(majority(['a', 'b', 'c']).isPhase2);
    rounds.begin([{ kind: 'read', origin: 'a', id: 1, hops: 0, queries: [] }], 7);
    const later = rounds.begin([], 0);
    rounds.heard('a', later + 1, 9);
    expect(rounds.heard('b', later, 9)).toEqual([]);
    expect(rounds.heard('a', later, 9)).toMatchObject([{ commit: 7 }]);
  });

  test('of a node without a learner is answered by one, from the same index', () => {
    const cluster = topology({ front: ['proposer', 'leader'], x: ['acceptor'], y: ['acceptor'], z: ['acceptor'], l: ['learner'] });
    const t = Transcript.led('front', ['front'], { topology: cluster });
    const read = t.query('front');
    t.flow();
    expect(t.outcome(read)).toEqual(['hello from front']);
  });
});

describe('the other reads', () => {
  test('sequential: sees at least what its node has shown to its callers, and asks no leader', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('B', 'x');
    t.deliver('B→A', 'request').deliver('A→C', 'accept').deliver('C→A', 'accepted').deliver('A→B', 'reply');
    expect(t.outcome(x)).toBe(3);
    const [sequential, local] = [t.query('B', 'sequential'), t.query('B', 'local')];
    expect(t.onWire('B→*')).toEqual([]);
    expect(t.outcome(local)).toEqual(['hello from A', 'hello from B']);
    expect(t.outcome(sequential)).toBeUndefined();
    t.flow().wait(10).flow().wait(60).flow();
    expect(t.outcome(sequential)).toEqual(['hello from A', 'hello from B', 'x']);
  });

  test('local: is answered by a node that is cut off from everybody', () => {
    const t = Transcript.led('A').cut('*→C', 'C→*');
    const read = t.query('C', 'local');
    expect(t.outcome(read)).toEqual(['hello from A']);
  });
});
