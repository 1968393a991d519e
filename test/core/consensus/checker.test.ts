import { describe, expect, test } from 'vitest';
import { Checker } from './checker.js';
import { ballotOf, entryOf, Synod } from './synod.js';

describe('the checker of schedules catches', () => {
  test('an acceptor that forgets at its restart what it promised: it votes for a ballot that it had barred (S2.4)', () => {
    const synod = new Synod();
    const p1 = synod.proposer('1.A', 'x');
    p1.prepare('a1', 'a2');
    synod.proposer('2.B', 'y').prepare('a2', 'a3');
    synod.acceptors.a2?.records.pop();
    synod.acceptors.a2?.restart();
    expect(() => p1.accept('a1', 'a2')).toThrow('VoteGuard');
  });

  test('an acceptor that voted without persisting: the next proposer does not find what was chosen (S2.2)', () => {
    const synod = new Synod();
    const p1 = synod.proposer('1.A', 'x');
    p1.prepare('a1', 'a2');
    p1.accept('a1', 'a2');
    expect(synod.chosen).toBe('x');
    synod.acceptors.a2?.records.pop();
    synod.acceptors.a2?.restart();
    const p2 = synod.proposer('2.B', 'y');
    p2.prepare('a2', 'a3');
    expect(p2.value).toBe('y');
    expect(() => p2.accept('a3')).toThrow('SafeAt');
  });

  test('a learner that executes what no quorum voted for', () => {
    const checker = new Checker(2);
    checker.watch('a1', { event: 'vote', ballot: ballotOf('1.A'), first: 0, entries: [entryOf('x')] });
    expect(() => checker.watch('a1', { event: 'apply', slot: 0, entry: entryOf('x'), repeated: false })).toThrow('LearnSound');
  });
});
