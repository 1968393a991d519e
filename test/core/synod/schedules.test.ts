import { describe, expect, test } from 'vitest';
import { Schedule } from './schedule.js';

/** Phase 1 of this node's ballot by these acceptors, whose answers come. */
const prepared = (schedule: Schedule, node: string, acceptors: string): readonly string[] => {
  schedule.deliver('prepare', node, acceptors);
  return schedule.answers(node);
};

/** Phase 2 by these acceptors, whose answers come. */
const voted = (schedule: Schedule, node: string, acceptors: string): readonly string[] => {
  schedule.deliver('accept', node, acceptors);
  return schedule.answers(node);
};

describe('the single-decree Synod', () => {
  test('decides what its one proposer proposes, in two round trips, and every learner learns it', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    expect(prepared(s, 'A', 'a1,a2,a3')).toEqual(['promise', 'promise', 'promise']);
    expect(voted(s, 'A', 'a1,a2')).toEqual(['accepted', 'accepted']);
    expect(s.chosen).toBe('x');
    expect(s.told.get('A')).toBe('x');
    s.flow();
    expect([...s.told]).toEqual(expect.arrayContaining(['A', 'B', 'C', 'D'].map((node) => [node, 'x'])));
  });

  test('S1.1: a proposer that restarts takes a higher round, finds x, and its old Accept comes too late', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2,a3');
    voted(s, 'A', 'a1');
    const old = s.wire.filter(({ message }) => message.kind === 'accept');
    expect(old).toHaveLength(2);
    s.lose().restart('A').flow();
    s.propose('A', 'y').flow();
    expect(s.gauges('A', 'proposer').ballot).toBe('2.A');
    expect(s.chosen).toBe('x');
    s.wire.push(...old);
    expect(voted(s, 'A', 'a2,a3')).toEqual(['nack', 'nack']);
  });

  test('S1.1: a proposer that lost its data begins no ballot, and its client is served by another', () => {
    const s = new Schedule();
    s.restart('A', 'lost').flow();
    s.propose('A', 'x').live(3000);
    expect(s.gauges('A', 'proposer')).toMatchObject({ phase: 'idle', ballot: '⊥' });
    expect(s.told.get('A')).toBe('x');
  });

  test('S1.2: of two ballots of one round the higher node id wins, and the two are never promised as equal', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    s.propose('B', 'y');
    prepared(s, 'A', 'a1,a2,a3');
    expect(prepared(s, 'B', 'a1,a2')).toEqual(['promise', 'promise']);
    expect(voted(s, 'A', 'a1,a2,a3')).toEqual(['nack', 'nack', 'accepted']);
    voted(s, 'B', 'a1,a2');
    expect(s.chosen).toBe('y');
  });

  test('S1.2: a Prepare that comes again is promised again, and a lower one is refused', () => {
    const s = new Schedule();
    s.propose('B', 'y');
    const again = s.wire.filter(({ message }) => message.kind === 'prepare');
    expect(prepared(s, 'B', 'a1')).toEqual(['promise']);
    s.wire.push(...again.filter(({ to }) => to.node === 'a1'));
    expect(prepared(s, 'B', 'a1')).toEqual(['promise']);
    expect(s.gauges('B', 'proposer').phase).toBe('preparing');
    s.propose('A', 'x');
    expect(prepared(s, 'A', 'a1')).toEqual(['nack']);
  });

  test('S2.1: proposers that prepare before the other is accepted decide nothing, and break nothing; with back-off one decides', () => {
    const s = new Schedule({ proposers: ['A', 'B'] });
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2,a3');
    s.propose('B', 'y');
    let [one, other] = ['A', 'B'];
    for (let duel = 0; duel < 6; duel++) {
      prepared(s, other, 'a1,a2,a3');
      expect(voted(s, one, 'a1,a2,a3')).toEqual(['nack', 'nack', 'nack']);
      expect(s.gauges(one, 'proposer').phase).toBe('preempted');
      s.fire(one, 'backOff');
      [one, other] = [other, one];
    }
    expect(s.chosen).toBeUndefined();
    s.live(10_000);
    expect(s.chosen).toBeDefined();
    expect([s.told.get('A'), s.told.get('B')]).toEqual([s.chosen, s.chosen]);
  });

  test('S2.2: x stays chosen though no majority stores one pair any more, and a third ballot must pick it', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1,a2');
    expect(s.chosen).toBe('x');
    s.lose();
    s.propose('B', 'y');
    prepared(s, 'B', 'a2,a3');
    s.deliver('accept', 'B', 'a2');
    s.lose();
    s.propose('C', 'z');
    prepared(s, 'C', 'a1,a3');
    voted(s, 'C', 'a1,a3');
    expect(s.told.get('C')).toBe('x');
  });

  test('S2.3: two acceptors that hold x at different ballots have not chosen it, and a later ballot may choose y', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1');
    const votes = s.wire.filter(({ message, to }) => message.kind === 'accepted' && to.role === 'learner');
    s.lose();
    s.propose('B', 'y');
    prepared(s, 'B', 'a2,a3');
    s.deliver('accept', 'B', 'a3');
    s.lose();
    s.propose('C', 'z');
    prepared(s, 'C', 'a1,a2');
    s.deliver('accept', 'C', 'a2');
    // All of these votes, two of them for x, come to every learner.
    s.wire = [...votes, ...s.wire.filter(({ message, to }) => message.kind === 'accepted' && to.role === 'learner')];
    s.flow();
    expect(s.told).toEqual(new Map());
    expect(s.chosen).toBeUndefined();
    s.propose('D', 'w');
    prepared(s, 'D', 'a1,a3');
    voted(s, 'D', 'a1,a3');
    expect(s.told.get('D')).toBe('y');
  });

  test('S2.4: an old Accept is refused by those who promised a higher ballot', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.propose('B', 'y');
    prepared(s, 'B', 'a1,a2');
    expect(voted(s, 'A', 'a1,a2')).toEqual(['nack', 'nack']);
    expect(s.gauges('a1', 'acceptor')).toMatchObject({ promised: '1.B', voted: '⊥' });
  });

  test('S2.5: an acceptor that promised nothing votes at the third ballot, and thereby promises it', () => {
    const s = new Schedule();
    s.propose('B', 'y');
    prepared(s, 'B', 'a1,a2');
    s.propose('C', 'x');
    prepared(s, 'C', 'a1,a2');
    expect(voted(s, 'C', 'a3')).toEqual(['accepted']);
    expect(s.gauges('a3', 'acceptor').promised).toBe('1.C');
    expect(voted(s, 'B', 'a3')).toEqual(['nack']);
    s.restart('a3').flow();
    expect(s.gauges('a3', 'acceptor')).toMatchObject({ promised: '1.C', voted: '1.C' });
  });

  test.each([
    ['a1', 'a3'],
    ['a3', 'a1'],
  ])('S2.3: of two votes that phase 1 finds the higher counts, if %s answers before %s', (first, second) => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1');
    s.lose();
    s.propose('B', 'y');
    prepared(s, 'B', 'a2,a3');
    s.deliver('accept', 'B', 'a3');
    s.lose();
    s.propose('C', 'z');
    prepared(s, 'C', first);
    prepared(s, 'C', second);
    voted(s, 'C', 'a1,a3');
    expect(s.told.get('C')).toBe('y');
  });

  test('a promise that comes when the value is proposed changes nothing, whatever it tells of', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1');
    s.lose();
    s.propose('B', 'y');
    prepared(s, 'B', 'a2,a3');
    prepared(s, 'B', 'a1');
    voted(s, 'B', 'a1,a2,a3');
    expect(s.told.get('B')).toBe('y');
  });

  test('a proposer counts a promise that comes twice once', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    s.deliver('prepare', 'A', 'a1');
    const promise = s.wire.filter(({ message }) => message.kind === 'promise');
    s.wire.push(...promise, ...promise);
    s.answers('A');
    expect(s.gauges('A', 'proposer').phase).toBe('preparing');
  });

  test('a proposer does not count promises of an earlier ballot', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    s.deliver('prepare', 'A', 'a1,a2');
    const early = s.wire.filter(({ message }) => message.kind === 'promise');
    s.wire = s.wire.filter(({ message }) => message.kind !== 'promise');
    s.propose('B', 'y');
    s.deliver('prepare', 'B', 'a3');
    expect(prepared(s, 'A', 'a3')).toEqual(['nack']);
    s.fire('A', 'backOff');
    s.wire.push(...early);
    expect(s.answers('A')).toEqual(['promise', 'promise']);
    expect(s.gauges('A', 'proposer')).toMatchObject({ ballot: '2.A', phase: 'preparing' });
  });

  test('a proposer does not count votes at an earlier ballot', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1,a2');
    const early = s.wire.filter(({ message, to }) => message.kind === 'accepted' && to.role === 'proposer');
    s.wire = s.wire.filter((said) => !early.includes(said));
    s.propose('B', 'y');
    s.deliver('prepare', 'B', 'a3');
    expect(voted(s, 'A', 'a3')).toEqual(['nack']);
    s.fire('A', 'backOff');
    prepared(s, 'A', 'a1,a2');
    s.wire.push(...early);
    expect(s.answers('A')).toEqual(['accepted', 'accepted']);
    expect(s.gauges('A', 'proposer')).toMatchObject({ ballot: '2.A', phase: 'proposing' });
  });

  test('a proposer counts a vote that comes twice once', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1');
    const vote = s.wire.filter(({ message }) => message.kind === 'accepted');
    s.wire.push(...vote, ...vote);
    s.answers('A');
    s.wire = s.wire.filter(({ message }) => message.kind === 'accepted');
    s.flow();
    expect(s.told).toEqual(new Map());
  });

  test('a preempted proposer whose votes come after all has its value decided', () => {
    const s = new Schedule();
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1,a2');
    s.propose('B', 'y');
    s.deliver('prepare', 'B', 'a3');
    s.deliver('accept', 'A', 'a3');
    s.deliver('nack', 'a3', 'A');
    expect(s.gauges('A', 'proposer').phase).toBe('preempted');
    s.answers('A');
    expect(s.told.get('A')).toBe('x');
  });

  test('a distinguished learner tells the others, and acceptors tell nobody else', () => {
    const s = new Schedule({ learning: { distinguished: ['B'] } });
    s.propose('A', 'x');
    prepared(s, 'A', 'a1,a2');
    s.deliver('accept', 'A', 'a1,a2');
    expect(s.onWire().filter((line) => line.includes('.learner'))).toEqual(['a1→B.learner accepted', 'a2→B.learner accepted']);
    s.deliver('accepted', '*', 'B');
    expect(s.onWire().filter((line) => line.endsWith('chosen'))).toEqual(['A', 'C', 'D'].map((node) => `B→${node}.learner chosen`));
  });
});
