import { topology } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { fastPaxosLog } from '../../../packages/fast-paxos/src/log/protocol.js';
import { Transcript } from '../../core/consensus/transcript.js';
import { collisions, everywhere, executed, FIVE, happened, opened } from './opened.js';

describe('the fast path', () => {
  test('decides in two message delays, without the coordinator', () => {
    const t = opened();
    const x = t.submit('B', 'x');
    t.deliver('B→A,C,D', 'fastPropose').lose('B→E');
    expect(t.outcome(x)).toBeUndefined();
    t.deliver('A,C→B', 'fastAccepted');
    expect(t.outcome(x)).toBeUndefined();
    t.deliver('D→B', 'fastAccepted');
    expect(t.outcome(x)).toBe(4);
    expect(happened(t, 'choose')).toBe(false);
    t.live(500);
    expect(executed(t)).toEqual(everywhere('x'));
  });

  test('a linearizable read sees what a learner has told of, though the coordinator has not heard of it', () => {
    const t = opened();
    const x = t.submit('B', 'x');
    t.deliver('B→A,C,D', 'fastPropose').deliver('A,C,D→B', 'fastAccepted');
    expect(t.outcome(x)).toBe(4);
    const votes = t.hold('*→*', 'fastAccepted');
    const read = t.query('C');
    for (let i = 0; i < 4; i++) t.flowOnly('*→*', 'read', 'heartbeat', 'heard', 'readIndex', 'query', 'answers');
    expect(t.outcome(read)).toBeUndefined();
    t.release(votes).live(300);
    expect(t.outcome(read)).toEqual(expect.arrayContaining(['x']));
  });

  test('votes of too few acceptors decide nothing, however many they are at different steps', () => {
    const t = opened();
    const x = t.submit('B', 'x');
    t.deliver('B→A,C', 'fastPropose').lose('B→D,E').deliver('A,C→B', 'fastAccepted');
    expect(t.outcome(x)).toBeUndefined();
    t.live(400);
    expect(t.outcome(x)).toBe(4);
  });
});

describe('S6.1: four of five voted for x', () => {
  test('who asks three, and hears of y as well, proposes x', () => {
    const t = opened();
    const x = t.submit('B', 'x');
    const y = t.submit('C', 'y');
    // C has voted for y itself.
    t.deliver('B→A,D,E', 'fastPropose').lose('*→*');
    t.crash('A').crash('E').wait(1000).lose('*→*');
    t.live(6000, 'B', 'C', 'D');
    expect(t.applied('B').slice(3)).toEqual(['x', 'y']);
    expect(t.applied('C').slice(3)).toEqual(['x', 'y']);
    expect([t.outcome(x), t.outcome(y)]).toEqual([4, 5]);
  });
});

describe('S6.2: three of five voted for x, two for y', () => {
  test('who hears of all is free, and both are executed', () => {
    const t = opened();
    t.submit('B', 'x');
    t.submit('C', 'y');
    t.deliver('B→A,D', 'fastPropose').deliver('C→E', 'fastPropose').flow();
    expect(collisions(t)).toEqual([{ slot: expect.any(Number), forced: false }]);
    t.live(500);
    expect(executed(t)).toEqual(everywhere('x', 'y'));
  });

  test('who hears of one x and two y must propose y, and x is proposed again', () => {
    const t = opened();
    t.submit('B', 'x');
    t.submit('C', 'y');
    // A and D vote for x as B did, E for y as C did. Only one x is left when three remain.
    t.deliver('B→A,D', 'fastPropose').deliver('C→E', 'fastPropose').lose('*→*');
    t.crash('A').crash('D').wait(1000).lose('*→*');
    t.live(8000, 'B', 'C', 'E');
    expect(t.applied('E').slice(3)).toEqual(['y', 'x']);
  });
});

describe('S6.5: two proposers reach the acceptors in opposite orders in two slots', () => {
  test('all of it is executed, once', () => {
    const t = opened();
    const calls = [t.submit('B', 'x1'), t.submit('B', 'x2'), t.submit('C', 'y1'), t.submit('C', 'y2')];
    t.deliver('B→A,D', 'fastPropose').deliver('C→E', 'fastPropose').deliver('C→A,B,D', 'fastPropose').deliver('B→C,E', 'fastPropose');
    t.flow().live(1000);
    expect(collisions(t).length).toBeGreaterThan(0);
    for (const node of FIVE) expect(t.applied(node).slice(3).toSorted()).toEqual(['x1', 'x2', 'y1', 'y2']);
    for (const node of FIVE) expect(t.applied(node)).toEqual(t.applied('A'));
    for (const call of calls) expect(t.outcome(call)).toEqual(expect.any(Number));
  });
});

describe('an acceptor', () => {
  test('that begins another life votes for no proposal before it is told again that the ballot is open', () => {
    const t = opened();
    t.restart('E');
    t.lose('*→*');
    t.submit('B', 'x');
    t.deliver('B→E', 'fastPropose');
    expect(t.onWire('E→*').filter((line) => line.includes('fastAccepted'))).toEqual([]);
    t.lose('*→*').live(1000);
    expect(executed(t)).toEqual(everywhere('x'));
  });

  test('does not vote twice at a step, whatever lives it has', () => {
    const t = opened();
    t.submit('B', 'x');
    t.deliver('B→E', 'fastPropose').lose('*→*');
    t.restart('E').lose('*→*');
    t.live(60, 'A', 'E');
    t.submit('C', 'y');
    t.deliver('C→E', 'fastPropose');
    const votes = t.traced.filter(({ event, node }) => event === 'vote' && node === 'E');
    const slots = votes.map(({ first }) => first);
    expect(new Set(slots).size).toBe(slots.length);
  });
});

describe('a coordinator', () => {
  test('has a slot decided that a proposer left half proposed', () => {
    const t = opened();
    t.submit('B', 'x');
    t.deliver('B→E', 'fastPropose').crash('B').deliver('E→A,C', 'fastAccepted').lose('*→*');
    t.submit('C', 'y');
    t.live(1000);
    for (const node of ['A', 'C', 'D', 'E']) expect(t.applied(node).slice(3)).toEqual(['x', 'y']);
  });

  test('fills a slot in which nobody voted, so that later ones are executed', () => {
    const t = opened();
    t.submit('B', 'x');
    t.crash('B').lose('*→*');
    // C names the slot behind the one that only B has voted in, as if it had heard of that.
    t.send('C→C', 'learner', 'proposer', { kind: 'taken', ballot: { round: 1, node: 'A' }, next: 12 } as never);
    t.submit('C', 'y');
    t.live(1000);
    expect(t.applied('A').slice(3)).toEqual(['y']);
  });

  test('closes its ballot when no fast quorum is left, goes on, and opens another when one is back', () => {
    const t = opened(['A', 'B', 'C'], { holdOff: 500 });
    t.crash('D').crash('E');
    const x = t.submit('B', 'x');
    t.live(1500);
    expect(happened(t, 'fallBack')).toBe(true);
    expect(t.outcome(x)).toEqual(4);
    expect(t.gauges('A', 'leader').fast).toBe(false);
    const y = t.submit('C', 'y');
    t.live(300);
    expect(t.outcome(y)).toEqual(5);
    t.start('D').live(3000);
    expect(t.gauges('A', 'leader').fast).toBe(true);
    const z = t.submit('C', 'z');
    t.deliver('C→A,B,D', 'fastPropose').deliver('A,B,D→C', 'fastAccepted');
    expect(t.outcome(z)).toEqual(6);
  });

  test('closes its ballot when too much collides', () => {
    const t = opened(['A', 'B', 'C'], { collisions: 0.25 });
    for (let i = 0; i < 24 && !happened(t, 'fallBack'); i++) {
      t.submit('B', `x${i}`);
      t.submit('C', `y${i}`);
      t.deliver('B→A,D', 'fastPropose').deliver('C→E', 'fastPropose').flow().live(30);
    }
    expect(t.traced.find(({ event }) => event === 'fallBack')?.reason).toBe('too much collides');
    t.live(1000);
    expect(t.applied('A')).toEqual(t.applied('D'));
  });
});

describe('acceptors that recover by themselves', () => {
  test('settle a collision without an Accept', () => {
    const t = opened(['A', 'B', 'C'], { steps: 2 });
    const x = t.submit('B', 'x');
    t.submit('C', 'y');
    t.deliver('B→A,D', 'fastPropose').deliver('C→E', 'fastPropose');
    // Nothing of the coordinator's gets through.
    t.flowOnly('*→*', 'fastAccepted').flowOnly('*→*', 'fastAccepted');
    expect(t.outcome(x)).toBe(4);
    expect(happened(t, 'collided')).toBe(false);
    t.flow().live(1000);
    expect(executed(t)).toEqual(everywhere('x', 'y'));
  });
});

describe('learners', () => {
  test('that all missed what was chosen learn it from the votes of acceptors, where the coordinator has no learner', () => {
    const roles = {
      L: ['leader', 'proposer'],
      A: ['acceptor'],
      B: ['acceptor'],
      C: ['acceptor'],
      X: ['learner'],
      Y: ['learner', 'proposer'],
    };
    const t = Transcript.led('L', ['Y'], { topology: topology(roles), protocol: fastPaxosLog() }).live(200);
    const x = t.submit('Y', 'x');
    t.deliver('Y→A,B,C', 'fastPropose').deliver('A,B,C→L', 'fastAccepted').lose('*→X,Y');
    t.live(100, 'L', 'A', 'B', 'C').live(1500);
    expect([t.applied('X'), t.applied('Y')].map((all) => all.slice(1))).toEqual([['x'], ['x']]);
    expect(t.outcome(x)).toBe(2);
  });
});
