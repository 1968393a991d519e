import { describe, expect, test } from 'vitest';
import { Schedule } from './schedule.js';

const FAST = { round: 1, node: 'A', step: -1 };
const CLASSIC = { round: 1, node: 'A' };

describe('single-decree Fast Paxos, of five acceptors', () => {
  test('decides what the one proposer proposes in two message delays, by a fast quorum', () => {
    const s = new Schedule();
    expect(s.gauges('A', 'coordinator').phase).toBe('open');
    s.propose('P', 'x');
    s.deliver('proposal', 'P', 'a1,a2,a3,a5');
    s.deliver('accepted', 'a1,a2,a3', 'P');
    expect(s.told).toEqual(new Map());
    s.deliver('accepted', 'a5', 'P');
    expect(s.told.get('P')).toBe('x');
    expect(s.chosenAt.get('P')).toEqual(FAST);
    s.flow();
    expect(s.gauges('A', 'coordinator').phase).toBe('decided');
  });

  test('S6.1: x is chosen by four of five; a coordinator that hears of two votes for it and one for y must pick x', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2,a4,a5');
    s.propose('Q', 'y').votes('Q', 'a3');
    s.told2b('A', 'a1,a2,a3').lose();
    s.fire('A', 'recover', 'coordinator');
    s.deliver('accept', 'A', 'a1,a2,a3');
    s.deliver('accepted', 'a1,a2,a3', 'P');
    expect(s.told.get('P')).toBe('x');
    expect(s.chosenAt.get('P')).toEqual(CLASSIC);
  });

  test('S6.1: another coordinator that hears the same in phase 1 must pick x too', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2,a4,a5');
    s.propose('Q', 'y').votes('Q', 'a3');
    s.lose();
    s.say('B', 'coordinator', { kind: 'request', origin: 'Q', proposes: true, value: new TextEncoder().encode('y') });
    s.deliver('prepare', 'B', 'a1,a2,a3');
    s.answersTo('B', 'coordinator');
    s.deliver('accept', 'B', 'a1,a2,a3');
    s.deliver('accepted', 'a1,a2,a3', 'Q');
    expect(s.told.get('Q')).toBe('x');
    expect(s.chosenAt.get('Q')).toEqual({ round: 2, node: 'B' });
  });

  test('S6.2: three for x and two for y; of a3, a4 and a5 the coordinator learns that y may be chosen, and picks it', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2,a3');
    s.propose('Q', 'y').votes('Q', 'a4,a5');
    s.told2b('A', 'a3,a4,a5').lose();
    s.fire('A', 'recover', 'coordinator');
    s.deliver('accept', 'A', 'a1,a2,a3');
    s.deliver('accepted', 'a1,a2,a3', 'P');
    expect(s.told.get('P')).toBe('y');
  });

  test('S6.2: of all five it learns of the collision at once, that nothing is chosen, and picks what most voted for', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2,a3');
    s.propose('Q', 'y').votes('Q', 'a4,a5');
    s.told2b('A', 'a1,a2,a3,a4');
    expect(s.gauges('A', 'coordinator').phase).toBe('open');
    s.told2b('A', 'a5');
    expect(s.gauges('A', 'coordinator').phase).toBe('proposing');
    s.deliver('accept', 'A', 'a3,a4,a5');
    s.deliver('accepted', 'a3,a4,a5', 'P');
    expect(s.told.get('P')).toBe('x');
    expect(s.chosenAt.get('P')).toEqual(CLASSIC);
  });

  test('S6.4: acceptors that hear of all votes each pick x, and x is chosen at the next fast step without a coordinator', () => {
    const s = new Schedule({ recovery: { uncoordinated: 1 } });
    s.propose('P', 'x').votes('P', 'a1,a2,a3');
    s.propose('Q', 'y').votes('Q', 'a4,a5');
    for (const from of ['a1', 'a2', 'a3', 'a4', 'a5']) s.deliver('accepted', from, 'a1,a2,a3,a4,a5');
    for (const node of ['a1', 'a2', 'a3', 'a4', 'a5']) expect(s.gauges(node, 'acceptor').voted).toBe('1.A-1');
    s.deliver('accepted', 'a1,a2,a3,a5', 'Q');
    expect(s.told.get('Q')).toBe('x');
    expect(s.chosenAt.get('Q')).toEqual(FAST);
    s.flow();
    expect([...s.told.values()]).toEqual(['x', 'x', 'x']);
  });

  test('acceptors that hear of different votes pick differently, and after the last attempt the coordinator decides', () => {
    const s = new Schedule({ recovery: { uncoordinated: 1 } });
    s.propose('P', 'x').votes('P', 'a2,a3,a4');
    s.propose('Q', 'y').votes('Q', 'a1,a5');
    // To a1 and a2, the votes of a1 and a5 for y and of a2 and a3 for x: as many of each. To the rest, all.
    for (const from of ['a1', 'a2', 'a3', 'a5']) s.deliver('accepted', from, 'a1,a2,a3,a4,a5', 'acceptor');
    for (const node of ['a1', 'a2']) s.fire(node, 'gather', 'acceptor');
    s.deliver('accepted', 'a4', 'a3,a5', 'acceptor');
    const second = new Map<string, unknown>();
    for (const { from, message } of s.wire) if (message.kind === 'accepted' && from.role === 'acceptor') second.set(from.node, message);
    const vote = (value: string) => expect.objectContaining({ ballot: FAST, value: new TextEncoder().encode(value) });
    expect(Object.fromEntries(second)).toMatchObject({ a1: vote('y'), a2: vote('y'), a3: vote('x'), a5: vote('x') });
    s.live(10_000);
    const decided = s.told.get('P');
    expect(['x', 'y']).toContain(decided);
    expect(s.told.get('Q')).toBe(decided);
  });
});

describe('an acceptor', () => {
  test('votes once at a step, across a crash, and tells who proposes later for what', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1').lose();
    s.restart('a1').flow();
    s.fire('A', 'retry', 'coordinator').deliver('any', 'A', 'a1');
    s.propose('Q', 'y').deliver('proposal', 'Q', 'a1');
    expect(s.gauges('a1', 'acceptor')).toMatchObject({ promised: '1.A', voted: '1.A-1' });
    const [told] = s.take(({ from, to }) => from.node === 'a1' && to.node === 'Q');
    expect(told?.message).toMatchObject({ kind: 'accepted', ballot: FAST, value: new TextEncoder().encode('x') });
  });

  test('does not vote after a restart until it is told again that the step is open; then, for what was proposed meanwhile', () => {
    const s = new Schedule();
    s.restart('a1').flow();
    s.propose('P', 'x').deliver('proposal', 'P', 'a1');
    expect(s.gauges('a1', 'acceptor')).toMatchObject({ promised: '1.A', voted: '⊥' });
    s.fire('A', 'retry', 'coordinator').deliver('any', 'A', 'a1');
    expect(s.gauges('a1', 'acceptor').voted).toBe('1.A-1');
  });

  test('that promised a higher ballot refuses to open a lower one, and votes for nothing there', () => {
    const s = new Schedule();
    s.say('B', 'coordinator', { kind: 'request', origin: 'Q', proposes: false, value: new Uint8Array(0) });
    s.deliver('prepare', 'B', 'a1');
    s.propose('P', 'x').deliver('proposal', 'P', 'a1');
    expect(s.gauges('a1', 'acceptor')).toMatchObject({ promised: '2.B', voted: '⊥' });
    s.fire('A', 'retry', 'coordinator').deliver('any', 'A', 'a1');
    expect(s.answersTo('A', 'coordinator')).toEqual(['nack']);
    expect(s.gauges('A', 'coordinator').phase).toBe('idle');
  });
});

describe('a coordinator', () => {
  test('whose fast step is not answered by a fast quorum has what was voted for chosen by a classic one', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2,a3');
    s.told2b('A', 'a1,a2,a3').lose();
    s.fire('A', 'recover', 'coordinator');
    s.deliver('accept', 'A', 'a1,a2,a3');
    s.deliver('accepted', 'a1,a2,a3', 'P');
    expect([s.told.get('P'), s.chosenAt.get('P')]).toEqual(['x', CLASSIC]);
  });

  test('does not take for a promise that an acceptor voted for nothing: of two votes it begins another ballot', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2');
    s.told2b('A', 'a1,a2').lose();
    s.fire('A', 'recover', 'coordinator');
    expect(s.gauges('A', 'coordinator')).toMatchObject({ phase: 'preparing', ballot: '2.A' });
    s.deliver('prepare', 'A', 'a1,a3,a4');
    s.answersTo('A', 'coordinator');
    s.deliver('accept', 'A', 'a1,a3,a4');
    s.deliver('accepted', 'a1,a3,a4', 'P');
    expect(s.told.get('P')).toBe('x');
  });

  test('that is asked to propose, and finds nothing, proposes by itself', () => {
    const s = new Schedule();
    s.restart('A').flow();
    s.propose('P', 'x').lose();
    s.fire('P', 'look');
    s.live(5000);
    expect(s.told.get('P')).toBe('x');
  });

  test('that restarts opens another ballot where nobody voted, and lets be what somebody voted for until somebody asks', () => {
    const s = new Schedule();
    s.restart('A').live(1000);
    expect(s.gauges('A', 'coordinator')).toMatchObject({ phase: 'open', ballot: '2.A' });
    s.propose('P', 'x').votes('P', 'a1').lose();
    s.restart('A').live(100);
    expect(s.gauges('A', 'coordinator')).toMatchObject({ phase: 'idle' });
    s.live(5000);
    expect(s.told.get('P')).toBe('x');
  });

  test('two of them that preempt each other decide nothing, and with back-off one decides', () => {
    const s = new Schedule();
    const asks = (node: string, origin: string, value: string) =>
      s.say(node, 'coordinator', { kind: 'request', origin, proposes: true, value: new TextEncoder().encode(value) });
    s.propose('P', 'x').propose('Q', 'y').lose();
    let [one, other] = ['A', 'B'];
    asks(one, 'P', 'x').deliver('prepare', one, 'a1,a2,a3');
    s.answersTo(one, 'coordinator');
    asks(other, 'Q', 'y');
    for (let duel = 0; duel < 6; duel++) {
      s.deliver('prepare', other, 'a1,a2,a3');
      s.answersTo(other, 'coordinator');
      s.deliver('accept', one, 'a1,a2,a3');
      expect(s.answersTo(one, 'coordinator')).toEqual(['nack', 'nack', 'nack']);
      s.fire(one, 'backOff', 'coordinator');
      [one, other] = [other, one];
    }
    expect(s.chosenAt.size).toBe(0);
    s.live(20_000);
    expect(['x', 'y']).toContain(s.told.get('P'));
    expect(s.told.get('Q')).toBe(s.told.get('P'));
  });
});

describe('a learner', () => {
  test('does not take three votes at a fast step for a decision, nor four at two steps', () => {
    const s = new Schedule();
    s.propose('P', 'x').votes('P', 'a1,a2,a3');
    s.deliver('accepted', 'a1,a2,a3', 'Q');
    s.told2b('A', 'a1,a2,a3').lose();
    s.fire('A', 'recover', 'coordinator');
    s.deliver('accept', 'A', 'a4');
    s.deliver('accepted', 'a4', 'Q');
    expect(s.told).toEqual(new Map());
  });
});
