import { topology } from '@synod/core';
import { EntryType, emptyEntry } from '@synod/core/consensus';
import { describe, expect, test } from 'vitest';
import type { FastPropose } from '../../../packages/fast-paxos/src/log/messages.js';
import { fastPaxosLog } from '../../../packages/fast-paxos/src/log/protocol.js';
import { Transcript } from '../../core/consensus/transcript.js';
import { everywhere, executed, opened } from './opened.js';

const NOOP = emptyEntry(EntryType.Noop, 0);
/** Whatever the leader hears of is forgotten once it is chosen. */
const LEADER_AND_LEARNER = { L: ['leader'], P: ['proposer', 'learner'] } as const;

describe('a learner', () => {
  test('that alone has learned of what was chosen, and starts again, counts the votes of the acceptors once more', () => {
    const apart = topology({ A: ['acceptor'], B: ['acceptor'], C: ['acceptor'], ...LEADER_AND_LEARNER });
    const t = Transcript.led('L', ['P'], { topology: apart, protocol: fastPaxosLog({}) }).live(6000);
    expect(t.gauges('L', 'leader').fast).toBe(true);
    for (const command of ['x', 'y', 'z']) {
      t.submit('P', command);
      t.live(50);
    }
    expect(t.applied('P').slice(1)).toEqual(['x', 'y', 'z']);
    t.restart('P').live(8000);
    expect(t.applied('P').slice(1)).toEqual(['x', 'y', 'z']);
  });

  test('that needs the votes of an acceptor which has lost them is helped by the next ballot', () => {
    const apart = topology({ A: ['acceptor'], B: ['acceptor'], C: ['acceptor'], D: ['acceptor'], E: ['acceptor'], ...LEADER_AND_LEARNER });
    const t = Transcript.led('L', ['P'], { topology: apart, protocol: fastPaxosLog({}) }).live(6000);
    const x = t.submit('P', 'x');
    t.lose('P→E').live(100);
    expect(t.outcome(x)).toBe(2);
    t.wipe('D').restart('P').live(20_000);
    expect(t.applied('P').slice(1)).toEqual(['x']);
  });

  test('that has executed next to nothing is not searched the whole log for', () => {
    const t = opened();
    const ballot = { round: 1, node: 'A' };
    t.send('A→C', 'leader', 'acceptor', { kind: 'heartbeat', ballot, round: 0, commit: 2 ** 50, truncate: 0 } as never);
    // It answers at once: otherwise this test does not end.
    t.send('B→C', 'learner', 'acceptor', { kind: 'catchUp', next: 100 } as never);
    expect(t.onWire('C→B').filter((line) => line.includes('fastAccepted'))).toEqual([]);
  });

  test('lets go of the votes in a slot that something else than them has told it of', () => {
    const t = opened();
    t.submit('B', 'x');
    t.submit('C', 'y');
    t.deliver('B→A,D', 'fastPropose').deliver('C→E', 'fastPropose').flow().live(500);
    expect(executed(t)).toEqual(everywhere('x', 'y'));
    for (const node of ['A', 'B', 'C', 'D', 'E']) expect(t.gauges(node, 'learner').counting).toBe(0);
  });

  test('does not believe in a ballot that leaps, or in the vote of who is no acceptor', () => {
    const t = opened();
    const votes = (node: string, round: number) =>
      t.send(`${node}→B`, 'acceptor', 'learner', {
        kind: 'fastAccepted',
        at: { round, node, step: -1 },
        first: 90,
        entries: [NOOP],
      } as never);
    votes('E', 2 ** 50);
    votes('stranger', 2);
    const x = t.submit('B', 'x');
    t.deliver('B→A,C,D', 'fastPropose').deliver('A,C,D→B', 'fastAccepted');
    expect(t.outcome(x)).toBe(4);
  });
});

describe('a proposer', () => {
  test('does not believe in a ballot that leaps, or that another than its owner tells of', () => {
    const t = opened();
    const tell = (from: string, round: number) =>
      t.send(`${from}→B`, 'leader', 'proposer', { kind: 'opened', ballot: { round, node: 'E' }, next: 0, commit: 0, time: 0 } as never);
    tell('E', 2 ** 50);
    tell('D', 2);
    const x = t.submit('B', 'x');
    t.deliver('B→A,C,D', 'fastPropose').deliver('A,C,D→B', 'fastAccepted');
    expect(t.outcome(x)).toBe(4);
  });
});

describe('what a proposer proposes', () => {
  test('has the log time of the coordinator, and not of a clock that may be wrong', () => {
    const t = opened();
    const ballot = { round: 1, node: 'A' };
    t.send('A→B', 'leader', 'proposer', { kind: 'opened', ballot, next: 0, commit: 0, time: 5_000_000 } as never);
    t.wait(20).lose('*→*');
    t.submit('B', 'x');
    const [proposal] = t.hold('B→C', 'fastPropose');
    expect((proposal?.message as FastPropose | undefined)?.entries[0]?.time).toBe(5_000_020);
  });
});

describe('a linearizable read', () => {
  test('waits for no slot that its coordinator does not see to, though its proposer is gone', () => {
    const t = opened();
    t.submit('B', 'x');
    // The coordinator hears neither of the proposal nor of the vote; but C, of which it asks whether it still leads, has voted.
    t.deliver('B→C', 'fastPropose').crash('B').lose('*→*');
    const read = t.query('D');
    t.live(1000);
    expect(t.outcome(read)).toEqual(expect.arrayContaining(['x']));
  });
});
