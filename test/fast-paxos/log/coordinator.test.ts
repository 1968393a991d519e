import { type Entry, EntryType, emptyEntry } from '@synod/core/consensus';
import { describe, expect, test } from 'vitest';
import type { FastPaxosMessage } from '../../../packages/fast-paxos/src/log/messages.js';
import type { Transcript } from '../../core/consensus/transcript.js';
import { everywhere, executed, FIVE, happened, opened } from './opened.js';

const BALLOT = { round: 1, node: 'A' };
const WINDOW = 16;
const REQUEST = { kind: 'request', origin: 'B', session: 1, seq: 7, floor: 1, hops: 0, learner: '', payload: new Uint8Array(0) } as const;

const chosen = (t: Transcript): number => Number(t.gauges('A', 'leader').chosen);

/** From somebody who is not what he should be. */
const say = (t: Transcript, from: string, message: FastPaxosMessage): Transcript => t.send(`${from}→A`, 'proposer', 'leader', message);

describe('the window of a coordinator', () => {
  test('is full when something was proposed in its last slot, however little is in it', () => {
    const t = opened(['B'], {}, FIVE, { window: { slots: WINDOW, bytes: 1 << 20 } });
    say(t, 'C', { kind: 'fastPropose', ballot: BALLOT, first: chosen(t) + WINDOW - 1, entries: [emptyEntry(EntryType.Noop, 0)] });
    t.lose('*→*');
    t.send('B→A', 'proposer', 'leader', REQUEST);
    // It waits for room, and is not proposed where nobody may vote, again and again.
    expect(t.traced.filter(({ event }) => event === 'lost')).toEqual([]);
    expect(t.onWire('A→*')).toEqual([]);
    t.live(1000);
    expect(t.traced.filter(({ event, node, entry }) => event === 'apply' && node === 'A' && (entry as Entry).seq === 7)).toHaveLength(1);
  });

  test('is filled where nobody proposed anything by one message to each acceptor', () => {
    const t = opened(['B'], {}, FIVE, { window: { slots: WINDOW, bytes: 1 << 20 } });
    const first = chosen(t);
    say(t, 'C', { kind: 'fastPropose', ballot: BALLOT, first: first + WINDOW - 1, entries: [emptyEntry(EntryType.Noop, 0)] });
    const sent: string[] = [];
    for (let i = 0; i < 80 && chosen(t) === first; i++) {
      t.wait(5);
      sent.push(...t.onWire('A→*').filter((line) => line.includes('fastPropose')));
      t.flow();
    }
    expect(sent.toSorted()).toEqual(['A→B fastPropose', 'A→C fastPropose', 'A→D fastPropose', 'A→E fastPropose']);
  });
});

describe('a coordinator', () => {
  test('proposes a tick again that lost its slot: nobody else asks for it', () => {
    const t = opened();
    const ticks = () =>
      t.traced.filter(({ event, entry, node }) => event === 'apply' && node === 'A' && (entry as Entry).type === EntryType.Tick);
    t.submit('C', 'y');
    t.deliver('C→B,D,E', 'fastPropose').lose('*→*');
    t.tell('A', 'leader', { kind: 'learnerState', next: chosen(t), behind: 0, time: 0, deadline: t.scheduler.now() + 1 } as never);
    t.wait(2).flow();
    t.live(500);
    expect(executed(t)).toEqual(everywhere('y'));
    expect(ticks()).toHaveLength(1);
  });

  test('that closes its ballot takes what nobody voted for along to the next', () => {
    const t = opened();
    const x = t.submit('B', 'x');
    const y = t.submit('C', 'y');
    t.deliver('B→A', 'fastPropose').deliver('C→A', 'fastPropose').lose('*→*');
    t.tell('A', 'leader', { kind: 'fallBack', ballot: BALLOT, reason: 'told so' } as never);
    // No time goes by: nobody has become impatient.
    t.flow();
    expect(t.applied('A').slice(3)).toEqual(['x', 'y']);
    expect([t.outcome(x), t.outcome(y)]).toEqual([4, 5]);
  });

  test('says that its ballot is open no longer than it leads', () => {
    const t = opened();
    expect(t.gauges('A', 'leader').fast).toBe(true);
    t.cut('A→*', '*→A').live(5000);
    expect(t.gauges('A', 'leader').fast).toBe(false);
  });

  test('tells proposers that no topology lists that its ballot is open, but not more of them than it can count on', () => {
    const t = opened();
    for (let i = 0; i < 1100; i++) say(t, `guest${i}`, { kind: 'fastPropose', ballot: BALLOT, first: 0, entries: [] });
    t.lose('*→*').wait(51);
    const told = t.onWire('A→*').filter((line) => line.startsWith('A→guest'));
    expect(told).toHaveLength(1024);
    expect(told.at(-1)).toBe('A→guest1099 opened');
  });

  test('asks for votes less and less often: where messages take longer than its patience, it does not take that for a slot that cannot settle', () => {
    const t = opened();
    t.cut('B→*', 'C→*', 'D→*', 'E→*');
    const x = t.submit('A', 'x');
    t.wait(300).heal();
    expect(t.onWire('A→B').filter((line) => line.includes('fastPropose'))).toHaveLength(2);
    t.live(500);
    expect(happened(t, 'fallBack')).toBe(false);
    expect(t.outcome(x)).toBe(4);
  });
});
