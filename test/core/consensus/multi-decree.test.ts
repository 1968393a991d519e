import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

/** Long enough for every acceptor to have heard of no leader, and for a leader that nobody answers to step down. */
const SILENCE = 1000;
/** Long enough for the acceptors to support another, and too short for the leader to know that nobody answers it. */
const STILL_LEADING = 410;

/** Time in which nothing arrives anywhere. */
const silence = (t: Transcript): Transcript => {
  t.wait(SILENCE).lose('*→*');
  return t;
};

describe('S4.1: a slot that is decided is left out of a promise', () => {
  test('a new leader that missed the slot does not put its own command there', () => {
    const t = Transcript.led('A', ['A', 'C']);
    t.submit('A', 'c');
    t.lose('A→C', 'accept').deliver('A→B', 'accept').deliver('B→A', 'accepted');
    t.commit().lose('A→C').deliver('A→B', 'heartbeat');
    expect(t.slot(5)).toBe('c');
    silence(t.crash('A')).elect('C', 'B');
    t.submit('C', 'd');
    t.flow();
    expect(t.leads('C')).toBe(true);
    expect(t.slot(5)).toBe('c');
    expect(t.applied('C').slice(2)).toEqual(['c', 'd']);
  });

  test('what only votes remember is learned from them: the node that knew it decided is gone, the others were told the commit index', () => {
    const t = Transcript.led('A', ['A', 'B']);
    t.submit('A', 'c');
    t.lose('A→C', 'accept').deliver('A→B', 'accept').deliver('B→A', 'accepted');
    // C is told that the slot is chosen, without its value; B holds the value, and is not told.
    t.commit().lose('A→B').deliver('A→C', 'heartbeat');
    silence(t.crash('A')).elect('B', 'C');
    const d = t.submit('B', 'd');
    t.flow().commit().flow();
    expect(t.applied('B').slice(2)).toEqual(['c', 'd']);
    expect(t.outcome(d)).toBe(4);
    t.live(500);
    expect(t.applied('C').slice(2)).toEqual(['c', 'd']);
  });
});

describe('S4.2: a stale commit', () => {
  test('a vote below the ballot of whoever tells the commit index is not taken for the decision', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('A', 'x');
    t.lose('A→B,C', 'accept');
    silence(t).elect('B', 'C').flow('B', 'C');
    const y = t.submit('B', 'y');
    t.flow('B', 'C').lose('B→A', 'accept');
    expect([t.slot(5), t.slot(6)]).toEqual(['no-op', 'y']);
    t.commit().deliver('B→A', 'heartbeat');
    expect(t.applied('A').slice(2)).toEqual([]);
    // It asks the others for what it lacks.
    t.wait(60).flow();
    expect(t.applied('A').slice(2)).toEqual(['y']);
    expect(t.outcome(y)).toBe(3);
    // What A had left open is asked of the new leader, and happens once.
    t.live(1000);
    expect(t.outcome(x)).toBe(4);
    for (const node of ['A', 'B', 'C']) expect(t.applied(node).slice(2)).toEqual(['y', 'x']);
  });
});

describe('S4.3: a hole', () => {
  test('is filled with a no-op, what was voted for is proposed again, and new commands go above', () => {
    const t = Transcript.led('A', ['A', 'C']);
    t.submit('A', 'p');
    t.deliver('A→B', 'accept').lose('A→C').lose('B→A');
    t.submit('A', 'q');
    t.lose('A→B,C');
    t.submit('A', 'r');
    t.deliver('A→B', 'accept').lose('A→C').lose('B→A');
    expect([t.slot(5), t.slot(6), t.slot(7)]).toEqual(['p', undefined, 'r']);
    silence(t.crash('A')).elect('C', 'B');
    t.submit('C', 'new');
    t.flow();
    expect([5, 6, 7, 8, 9].map((slot) => t.slot(slot))).toEqual(['p', 'no-op', 'r', 'no-op', 'new']);
    expect(t.applied('C').slice(2)).toEqual(['p', 'r', 'new']);
  });
});

describe('S4.4: a duplicate', () => {
  test('a batch that lands in two slots is executed once, and both answers are the same', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('B', 'x');
    t.deliver('B→A', 'request').deliver('A→B,C', 'accept').deliver('B,C→A', 'accepted').lose('A→B', 'reply');
    t.submit('A', 'y');
    t.flow();
    expect(t.outcome(x)).toBeUndefined();
    // The client's proposer asks again.
    t.wait(350).flow();
    expect([t.slot(5), t.slot(6), t.slot(7)]).toEqual(['x', 'y', 'x']);
    expect(t.outcome(x)).toBe(3);
    t.live(200);
    for (const node of ['A', 'B', 'C']) expect(t.applied(node).slice(2)).toEqual(['x', 'y']);
  });

  test('a batch that is being proposed is not proposed again for an impatient client', () => {
    const t = Transcript.led('A', ['A', 'B']);
    t.submit('B', 'x');
    const requests = t.hold('B→A', 'request');
    t.release(requests).release(requests).flow();
    expect([t.slot(5), t.slot(6)]).toEqual(['x', undefined]);
  });

  test('a request that was held up and arrives after its batch was answered changes nothing', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = t.submit('B', 'x');
    const requests = t.hold('B→A', 'request');
    t.release(requests).flow();
    t.submit('B', 'y');
    t.flow().release(requests).flow();
    expect([5, 6, 7].map((slot) => t.slot(slot))).toEqual(['x', 'y', 'x']);
    expect(t.applied('A').slice(2)).toEqual(['x', 'y']);
    expect(t.told.filter(({ ticket }) => ticket === x)).toHaveLength(1);
  });
});

describe('S4.5: a stale read', () => {
  test('at a leader that was cut off waits, and is refused at its deadline rather than answered with old state', () => {
    const t = Transcript.led('A', ['A', 'B']);
    // A is cut off, and does not know yet.
    t.wait(STILL_LEADING).lose('*→*');
    expect(t.leads('A')).toBe(true);
    t.elect('B', 'C').flow('B', 'C');
    const w = t.submit('B', 'w');
    t.flow('B', 'C');
    expect(t.outcome(w)).toBe(3);
    const read = t.query('A', 'linearizable', 200);
    t.live(150, 'A');
    expect(t.outcome(read)).toBeUndefined();
    t.live(200, 'A');
    expect(t.outcome(read)).toBe('refused');
  });

  test('sees what was acknowledged before it began once its node is back among the others', () => {
    const t = Transcript.led('A', ['A', 'B']);
    t.wait(STILL_LEADING).lose('*→*');
    t.elect('B', 'C').flow('B', 'C');
    t.submit('B', 'w');
    t.flow('B', 'C');
    const read = t.query('A');
    t.live(100, 'A').live(1000);
    expect(t.outcome(read)).toEqual(['hello from A', 'hello from B', 'w']);
  });
});

describe('S4.6: truncation', () => {
  const options = { snapshot: { slots: 10, bytes: 600 }, tail: 3 };

  test('a leader that stands far behind what others have forgotten installs a snapshot, and fills nothing in with no-ops', () => {
    const t = Transcript.led('A', ['A', 'C'], { options });
    for (let i = 0; i < 40; i++) {
      t.submit('A', `command ${i}`);
      t.flow('A', 'B').lose('A,B→C');
    }
    t.commit().flow('A', 'B');
    expect(t.gauges('B', 'acceptor').truncatedBelow).toBeGreaterThan(20);
    // The others keep their newest entries in memory only as long as they live.
    t.restart('B');
    silence(t.crash('A')).elect('C', 'B');
    expect(t.leads('C')).toBe(true);
    t.submit('C', 'd');
    t.live(500, 'B', 'C');
    expect(t.applied('C')).toEqual(['hello from A', 'hello from C', ...Array.from({ length: 40 }, (_, i) => `command ${i}`), 'd']);
    expect(t.applied('B')).toEqual(t.applied('C'));
    expect(t.events.filter(({ event, node }) => event === 'snapshot installed' && node === 'C')).toHaveLength(1);
    for (let slot = 5; slot < 45; slot++) expect(t.slot(slot)).toBe(`command ${slot - 5}`);
  });

  test('an acceptor keeps what no majority of the voting nodes holds in durable snapshots', () => {
    const t = Transcript.led('A', ['A'], { options });
    t.lose('*→*');
    for (let i = 0; i < 40; i++) {
      t.submit('A', `command ${i}`);
      // B votes, but its learner is told of no commit: only A takes snapshots.
      t.deliver('A→B', 'accept').deliver('B→A', 'accepted').lose('*→*');
      t.restart('B');
    }
    expect(t.gauges('A', 'learner').snapshot).toBeGreaterThan(30);
    expect(t.gauges('A', 'acceptor').truncatedBelow).toBe(0);
  });
});
