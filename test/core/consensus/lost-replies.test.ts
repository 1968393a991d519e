import { colocated } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

/** Long enough for every acceptor to have heard of no leader. */
const SILENCE = 1000;
const FIVE = colocated(['A', 'B', 'C', 'D', 'E']);

const silence = (t: Transcript): Transcript => {
  t.wait(SILENCE).lose('*→*');
  return t;
};

const times = (applied: readonly string[], command: string): number => applied.filter((one) => one === command).length;

/** A leads, and x of a client of B is chosen by the votes of A and `voters`; A executes it, and dies before anybody hears of it. */
const chosenInSecret = (t: Transcript, voters: string, deadline?: number): number => {
  const x = t.submit('B', 'x', deadline);
  t.deliver('B→A', 'request').deliver(`A→${voters}`, 'accept').deliver(`${voters}→A`, 'accepted');
  expect(t.applied('A')).toContain('x');
  expect(t.onWire('A→B')).toContain('A→B reply');
  t.lose('*→*').crash('A');
  return x;
};

describe('S4.4: a duplicate of what is chosen, and known to votes alone', () => {
  test('a new leader that did not vote for it proposes it again in its slot, and the client has one result', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = chosenInSecret(t, 'C');
    silence(t).elect('B', 'C').flow();
    expect([5, 6, 7].map((slot) => t.slot(slot))).toEqual(['x', 'no-op', undefined]);
    expect(t.outcome(x)).toBe(3);
    t.start('A').live(1000);
    for (const node of ['A', 'B', 'C']) expect(t.applied(node).slice(2)).toEqual(['x']);
  });

  test('a retry that comes before the new leader leads waits for it, and is not proposed beside what phase 1 found', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = chosenInSecret(t, 'C', 60_000);
    silence(t);
    // B asks again, and turns to this leader and that, while nobody leads.
    for (let asked = false; !asked; asked = t.onWire('B→C').includes('B→C request')) t.wait(50);
    t.deliver('B→C', 'request');
    expect(t.onWire('C→A')).not.toContain('C→A request');
    silence(t).elect('C', 'B').lose('C→B', 'leading').flow();
    expect([5, 6, 7].map((slot) => t.slot(slot))).toEqual(['x', 'no-op', undefined]);
    expect(t.outcome(x)).toBe(3);
  });

  test('a retry that comes after the new leader has executed it wins a slot of its own, and has the first result', () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = chosenInSecret(t, 'C');
    silence(t).elect('C', 'B').lose('C→B', 'leading').deliver('C→B', 'accept').deliver('B→C', 'accepted');
    expect([5, 6, 7].map((slot) => t.slot(slot))).toEqual(['x', 'no-op', undefined]);
    // The reply is lost a second time.
    expect(t.onWire('C→B')).toContain('C→B reply');
    t.lose('*→*').live(1000, 'B', 'C');
    expect(t.outcome(x)).toBe(3);
    expect([5, 6, 7].map((slot) => t.slot(slot))).toEqual(['x', 'no-op', 'x']);
    for (const node of ['B', 'C']) expect(t.applied(node).filter((command) => command === 'x')).toEqual(['x']);
  });

  test('one surviving vote of three is enough: of five nodes two are gone', () => {
    const t = Transcript.led('A', ['A', 'B'], { topology: FIVE });
    const x = chosenInSecret(t, 'D,E');
    silence(t.crash('D')).elect('C', 'B', 'E').flow();
    expect(t.slot(5)).toBe('x');
    expect(t.outcome(x)).toBe(3);
    for (const node of ['B', 'C', 'E']) expect(times(t.applied(node), 'x')).toBe(1);
  });

  test('leader after leader executes it and dies before its reply: it happens once', () => {
    const t = Transcript.led('A', ['A', 'B'], { topology: FIVE });
    const x = chosenInSecret(t, 'D,E');
    silence(t).elect('C', 'B', 'D');
    t.deliver('C→D,E', 'accept').deliver('D,E→C', 'accepted');
    expect(times(t.applied('C'), 'x')).toBe(1);
    t.lose('*→*').crash('C');
    silence(t).elect('E', 'B', 'D').flow();
    expect(t.leads('E')).toBe(true);
    expect(t.outcome(x)).toBe(3);
    t.start('A').start('C').live(2000);
    for (const node of FIVE.nodes) expect(times(t.applied(node), 'x')).toBe(1);
  });

  test('a caller that was told "unknown" in between has the first result when it asks again', async () => {
    const t = Transcript.led('A', ['A', 'B']);
    const x = chosenInSecret(t, 'C', 500);
    silence(t);
    expect(t.outcome(x)).toBe('unknown');
    t.elect('C', 'B').flow();
    const again = t.retry(x);
    t.live(500, 'B', 'C');
    // Promises have had their turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(t.outcome(again)).toBe(3);
    for (const node of ['B', 'C']) expect(times(t.applied(node), 'x')).toBe(1);
  });

  test('a session whose opening was chosen in secret is the one that the client is given by the next leader', () => {
    const t = Transcript.led('A', ['A']);
    const x = t.submit('B', 'x');
    t.deliver('B→A', 'request').deliver('A→C', 'accept').deliver('C→A', 'accepted');
    expect(t.onWire('A→B')).toContain('A→B reply');
    silence(t.lose('*→*').crash('A')).elect('C', 'B').flow();
    t.live(500, 'B', 'C');
    expect(t.slot(3)).toBe('open');
    expect(t.outcome(x)).toBe(2);
    expect(t.gauges('C', 'learner').sessions).toBe(2);
  });
});
