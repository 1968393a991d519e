import { describe, expect, test } from 'vitest';
import { quorumValid } from '../../packages/core/src/consensus/invariants/quorum-valid.js';
import { majority } from '../../packages/core/src/consensus/quorum.js';
import { batch, forgottenBelow, promiseOf, voteOf, watching } from './watching.js';

describe('QuorumValid', () => {
  test('holds for majorities, and is violated by halves', () => {
    for (const size of [1, 2, 3, 4, 5, 6]) {
      const quorum = majority('abcdef'.slice(0, size).split(''));
      expect(watching(quorumValid(quorum)).violations).toEqual([]);
    }
    const halves = (nodes: ReadonlySet<string>): boolean => nodes.size >= 2;
    const { violations } = watching(quorumValid({ ...majority(['a', 'b', 'c', 'd']), isPhase1: halves, isPhase2: halves }));
    expect(violations).toEqual(['the phase-1 quorum a, b does not meet the phase-2 quorum c, d']);
  });

  test('allows fewer acceptors in one phase for more in the other', () => {
    const atLeast = (count: number) => (nodes: ReadonlySet<string>) => nodes.size >= count;
    const flexible = (one: number, two: number) => ({ ...majority(['a', 'b', 'c', 'd']), isPhase1: atLeast(one), isPhase2: atLeast(two) });
    expect(watching(quorumValid(flexible(3, 2))).violations).toEqual([]);
    expect(watching(quorumValid(flexible(2, 2))).violations).toHaveLength(1);
  });
});

describe('BallotUnique', () => {
  test('holds for a round that a crash took back before anybody heard of it', () => {
    const { violations, stand, propose, promise, restart } = watching('BallotUnique');
    stand('a', '1.a');
    promise('b', '1.a');
    propose('a', '1.a', 0, 'x');
    stand('a', '2.a');
    restart('a');
    stand('a', '2.a');
    propose('a', '2.a', 0, 'y');
    expect(violations).toEqual([]);
  });

  test('is violated by a restart that takes a round again, of which an acceptor has heard (S1.1)', () => {
    const { violations, stand, promise, restart } = watching('BallotUnique');
    stand('a', '1.a');
    promise('b', '1.a');
    restart('a');
    stand('a', '1.a');
    expect(violations).toEqual(['a stands with ballot 1.a, of which acceptors have heard before']);
  });

  test('is violated by a ballot of another owner, and by proposals at one that this life did not stand with', () => {
    const { violations, stand, propose, restart } = watching('BallotUnique');
    stand('a', '3.b');
    stand('b', '4.b');
    restart('b');
    propose('b', '4.b', 0, 'x');
    expect(violations).toEqual([
      'a stands with ballot 3.b, which it does not own',
      'b proposes at ballot 4.b, which this life of it did not stand with',
    ]);
  });
});

describe('PromiseMonotone', () => {
  test('holds for ever higher promises, rounds compared as numbers, and for one that was lost before anybody heard', () => {
    const { violations, promise, vote, promised, restart } = watching('PromiseMonotone');
    for (const at of ['2.b', '10.a', '10.b']) promise('a', at);
    vote('a', '10.b', 0, 'x');
    promised('a', '10.a');
    restart('a', promiseOf('10.a'));
    promise('a', '10.a');
    expect(violations).toEqual([]);
  });

  test('is violated by a promise below one of the same life, or below a vote', () => {
    const { violations, promise, vote } = watching('PromiseMonotone');
    promise('a', '10.b');
    promise('a', '9.c');
    vote('a', '12.b', 0, 'x');
    promise('a', '11.c');
    expect(violations).toEqual(['a promises 9.c, after it had promised 10.b', 'a promises 11.c, after it had promised 12.b']);
  });

  test('is violated by a life that promises and began below what an earlier one was heard to promise, not by one that is silent', () => {
    const { violations, promise, promised, confirmed, restart } = watching('PromiseMonotone');
    promised('a', '4.b');
    confirmed('a', '5.c');
    restart('a', promiseOf('4.b'));
    restart('a', promiseOf('5.c'));
    promise('a', '6.a');
    expect(violations).toEqual([]);
    restart('a', promiseOf('4.b'));
    promise('a', '6.b');
    expect(violations).toEqual(['a told of ballot 5.c, and begins again having promised 4.b; yet it promises at 6.b']);
  });

  test('is violated by a promise of a node whose disk was lost, but not if nobody had ever heard of it', () => {
    const { violations, promise, promised, wipe, restart } = watching('PromiseMonotone');
    promised('a', '4.b');
    wipe('a');
    wipe('b');
    restart('a');
    restart('b');
    promise('b', '1.b');
    promise('a', '7.b');
    expect(violations).toEqual(['a promises 7.b, though its disk was lost after it had told of 4.b']);
  });

  test('is violated by a promise of a node whose disk was lost while what it had told was on its way', () => {
    const { violations, promise, promised, wipe, restart } = watching('PromiseMonotone');
    promise('a', '4.b');
    wipe('a');
    promised('a', '4.b');
    restart('a');
    promise('a', '7.b');
    expect(violations).toEqual(['a promises 7.b, though its disk was lost after it had told of 4.b']);
  });
});

describe('VoteGuard', () => {
  test('is violated by a vote below a promise or a vote of the same life, or below what an earlier one told', () => {
    const { violations, promise, vote, accepted, restart } = watching('VoteGuard');
    promise('a', '10.b');
    vote('a', '10.b', 0, 'x');
    expect(violations).toEqual([]);
    vote('a', '10.a', 1, 'y');
    accepted('a', '10.b', 0);
    restart('a', promiseOf('3.c'));
    vote('a', '9.c', 1, 'y');
    expect(violations).toEqual(['a votes at 10.a, after it had promised 10.b', 'a votes at 9.c, after it had promised 10.b']);
  });

  test('is violated by a vote of a node whose disk was lost', () => {
    const { violations, vote, accepted, wipe, restart } = watching('VoteGuard');
    vote('a', '1.a', 0, 'x');
    accepted('a', '1.a', 0);
    wipe('a');
    restart('a');
    vote('a', '2.b', 0, 'y');
    expect(violations).toEqual(['a votes at 2.b, though its disk was lost after it had told of 1.a']);
  });
});

describe('OneVote', () => {
  test('holds for one value voted for again, in another life too, and for others at other ballots or of other acceptors', () => {
    const { violations, vote, restart } = watching('OneVote');
    vote('a', '1.a', 0, 'xy');
    restart('a', voteOf('1.a', 0, 'xy'));
    vote('a', '1.a', 1, 'y');
    vote('b', '1.a', 0, 'z');
    vote('a', '2.b', 0, 'z');
    expect(violations).toEqual([]);
  });

  test('is violated by votes for two values at one ballot, in one life or in two', () => {
    const { violations, vote, restart } = watching('OneVote');
    vote('a', '1.a', 0, 'xy');
    vote('a', '1.a', 1, 'z');
    restart('a', voteOf('1.a', 0, 'x'));
    vote('a', '1.a', 0, 'u');
    expect(violations).toEqual([
      'a voted in slot 1 at ballot 1.a for batch 121 of session 1 at log time 1, and then for batch 122 of session 1 at log time 1',
      'a voted in slot 0 at ballot 1.a for batch 120 of session 1 at log time 1, and then for batch 117 of session 1 at log time 1',
    ]);
  });

  test('does not count a vote that a crash took back before anybody heard of it', () => {
    const { violations, vote, accepted, restart } = watching('OneVote');
    vote('a', '1.a', 0, 'x');
    restart('a');
    vote('a', '1.a', 0, 'y');
    expect(violations).toEqual([]);
    accepted('a', '1.a', 0);
    restart('a');
    vote('a', '1.a', 0, 'z');
    expect(violations).toHaveLength(1);
  });
});

describe('OneValuePerBallot', () => {
  test('is violated by a second proposal at one ballot, and by a vote for what was not proposed, but not by another ballot', () => {
    const { violations, propose, vote } = watching('OneValuePerBallot');
    propose('a', '1.a', 0, 'xy');
    propose('a', '1.a', 1, 'y');
    vote('b', '1.a', 0, 'x');
    propose('b', '2.b', 0, 'z');
    expect(violations).toEqual([]);
    propose('a', '1.a', 0, 'z');
    vote('c', '2.b', 0, 'u');
    expect(violations).toEqual([
      'ballot 1.a, slot 0: a has batch 120 of session 1 at log time 1, a batch 122 of session 1 at log time 1',
      'ballot 2.b, slot 0: b has batch 122 of session 1 at log time 1, c batch 117 of session 1 at log time 1',
    ]);
  });
});

describe('SafeAt', () => {
  const unsafe = (who: string, at: string, value: string, lower: string, other: string, votes: string, free: string) =>
    `${who} proposes batch ${value.charCodeAt(0)} of session 1 at log time 1 in slot 0 at ballot ${at}, where at ballot ${lower} batch ${other.charCodeAt(0)} of session 1 at log time 1 is chosen or may be yet: voted for by ${votes}, with ${free} free to`;

  test('holds for another value where a quorum has promised the higher ballot without a vote, or for the value that was found', () => {
    const { violations, propose, vote, promised } = watching('SafeAt');
    propose('a', '1.a', 0, 'x');
    vote('a', '1.a', 0, 'x');
    for (const node of ['b', 'c']) promised(node, '2.b');
    propose('b', '2.b', 0, 'y');
    for (const node of ['b', 'c']) vote(node, '2.b', 0, 'y');
    for (const node of ['a', 'c']) promised(node, '3.c');
    propose('c', '3.c', 0, 'y');
    expect(violations).toEqual([]);
  });

  test('is violated by another value than the one that is chosen, though no quorum holds one vote any more (S2.2)', () => {
    const { violations, propose, vote, promised } = watching('SafeAt');
    propose('a', '1.a', 0, 'x');
    for (const node of ['a', 'b']) vote(node, '1.a', 0, 'x');
    for (const node of ['b', 'c']) promised(node, '2.b');
    propose('b', '2.b', 0, 'x');
    vote('b', '2.b', 0, 'x');
    for (const node of ['a', 'c']) promised(node, '3.c');
    propose('c', '3.c', 0, 'y');
    expect(violations).toEqual([unsafe('c', '3.c', 'y', '1.a', 'x', 'a, b', 'nobody')]);
  });

  test('is violated by another value than one that can still be chosen: too few have promised the higher ballot', () => {
    const { violations, propose, vote, promised } = watching('SafeAt');
    propose('a', '1.a', 0, 'x');
    vote('a', '1.a', 0, 'x');
    promised('b', '2.b');
    propose('b', '2.b', 0, 'y');
    expect(violations).toEqual([unsafe('b', '2.b', 'y', '1.a', 'x', 'a', 'c')]);
  });

  test('takes the highest vote for what must be proposed, not the most frequent value (S2.3)', () => {
    const { violations, propose, vote, promised } = watching('SafeAt');
    propose('a', '1.a', 0, 'x');
    vote('a', '1.a', 0, 'x');
    for (const node of ['b', 'c']) promised(node, '2.b');
    propose('b', '2.b', 0, 'y');
    vote('c', '2.b', 0, 'y');
    for (const node of ['a', 'b']) promised(node, '3.c');
    propose('c', '3.c', 0, 'x');
    vote('b', '3.c', 0, 'x');
    for (const node of ['a', 'c']) promised(node, '4.a');
    propose('a', '4.a', 0, 'y');
    expect(violations).toEqual([]);
  });

  test('counts after a crash what the acceptor found: a promise that was lost bars nothing, and a vote that was lost is none', () => {
    const lost = watching('SafeAt');
    lost.propose('a', '1.a', 0, 'x');
    lost.vote('a', '1.a', 0, 'x');
    lost.vote('b', '1.a', 0, 'x');
    lost.restart('b');
    for (const node of ['b', 'c']) lost.promised(node, '2.b');
    lost.propose('b', '2.b', 0, 'y');
    expect(lost.violations).toEqual([]);
    const kept = watching('SafeAt');
    kept.propose('a', '1.a', 0, 'x');
    kept.vote('a', '1.a', 0, 'x');
    kept.vote('b', '1.a', 0, 'x');
    kept.restart('b', voteOf('1.a', 0, 'x'));
    for (const node of ['b', 'c']) kept.promised(node, '2.b');
    kept.propose('b', '2.b', 0, 'y');
    expect(kept.violations).toEqual([unsafe('b', '2.b', 'y', '1.a', 'x', 'a, b', 'nobody')]);
    const found = watching('SafeAt');
    found.propose('a', '1.a', 0, 'x');
    found.restart('c', promiseOf('2.b'));
    found.promised('b', '2.b');
    found.propose('b', '2.b', 0, 'y');
    expect(found.violations).toEqual([]);
  });

  test('goes on counting the votes of a lost disk, and expects no more of it', () => {
    const { violations, propose, vote, accepted, promised, wipe, restart } = watching('SafeAt');
    propose('a', '1.a', 0, 'x');
    for (const node of ['a', 'b']) {
      vote(node, '1.a', 0, 'x');
      accepted(node, '1.a', 0);
    }
    wipe('b');
    restart('b');
    for (const node of ['b', 'c']) promised(node, '2.c');
    propose('c', '2.c', 0, 'y');
    expect(violations).toEqual([unsafe('c', '2.c', 'y', '1.a', 'x', 'a, b', 'nobody')]);
  });

  test('forgets what every acceptor has truncated', () => {
    const { violations, propose, vote, truncate } = watching('SafeAt');
    propose('a', '1.a', 0, 'xy');
    for (const node of ['a', 'b', 'c']) vote(node, '1.a', 0, 'xy');
    for (const node of ['a', 'b', 'c']) truncate(node, 1);
    propose('b', '2.b', 0, 'z');
    expect(violations).toEqual([]);
    propose('b', '2.b', 1, 'z');
    expect(violations).toHaveLength(1);
  });
});

describe('Agreement', () => {
  test('is violated by entries of which only the floor differs: it decides what their session forgets', () => {
    const { violations, trace } = watching('Agreement');
    for (const [slot, floor] of [2, 3].entries())
      trace('a', { event: 'apply', slot: 7, entry: { ...batch('x'), floor }, repeated: slot > 0 });
    expect(violations).toHaveLength(1);
  });

  test('holds when one entry is chosen, executed, and chosen again by another leader', () => {
    const { violations, vote, accepted, choose, apply } = watching('Agreement');
    for (const node of ['a', 'b']) {
      vote(node, '1.a', 4, 'xy');
      accepted(node, '1.a', 4, 2);
    }
    choose('a', '1.a', 4, 'xy');
    apply('b', 5, 'y');
    choose('b', '2.b', 5, 'y');
    expect(violations).toEqual([]);
  });

  test('is violated by a second entry that is chosen in a slot, whether anybody learns it or not', () => {
    const { violations, vote, accepted } = watching('Agreement');
    vote('a', '1.a', 0, 'x');
    vote('b', '1.a', 0, 'x');
    for (const node of ['a', 'b']) accepted(node, '1.a', 0);
    for (const node of ['b', 'c']) {
      vote(node, '2.c', 0, 'y');
      accepted(node, '2.c', 0);
    }
    const [x, y] = [120, 121].map((seq) => `batch ${seq} of session 1 at log time 1`);
    expect(violations).toEqual([`slot 0: a quorum voted for ${x}, a quorum voted for ${y}`]);
  });

  test('is violated by a learner that executes another entry than was chosen', () => {
    const { violations, choose, apply } = watching('Agreement');
    choose('a', '1.a', 4, 'x');
    apply('b', 4, 'y');
    const [x, y] = [120, 121].map((seq) => `batch ${seq} of session 1 at log time 1`);
    expect(violations).toEqual([`slot 4: a took for chosen ${x}, b executed ${y}`]);
  });
});

describe('LearnSound', () => {
  test('holds for what a majority was heard to vote for at one ballot, once or again, even when it is forgotten', () => {
    const { violations, accepted, vote, apply, truncate } = watching('LearnSound');
    for (const node of ['a', 'b']) {
      vote(node, '1.a', 0, 'x');
      accepted(node, '1.a', 0);
    }
    apply('c', 0, 'x');
    vote('b', '2.b', 0, 'x');
    for (const node of ['b', 'c']) accepted(node, '2.b', 0);
    for (const node of ['a', 'b', 'c']) truncate(node, 1);
    apply('b', 0, 'x');
    expect(violations).toEqual([]);
  });

  test('is violated by executing what too few voted for, votes at two ballots and of strangers not counted together', () => {
    const { violations, accepted, vote, apply } = watching('LearnSound');
    vote('a', '1.a', 0, 'x');
    accepted('a', '1.a', 0);
    accepted('a', '1.a', 0);
    vote('x', '1.a', 0, 'x');
    accepted('x', '1.a', 0);
    vote('b', '2.b', 0, 'x');
    accepted('b', '2.b', 0);
    apply('c', 0, 'x');
    expect(violations).toEqual(['c executed batch 120 of session 1 at log time 1 in slot 0, where it was not chosen']);
  });

  test('is violated by an answer for which no vote was cast', () => {
    const { violations, accepted, vote, apply } = watching('LearnSound');
    vote('a', '1.a', 0, 'x');
    for (const node of ['a', 'b']) accepted(node, '1.a', 0);
    apply('a', 0, 'x');
    expect(violations).toHaveLength(1);
  });
});

describe('DurableReply', () => {
  /** Promises and votes are heard as soon as they are made. */
  const speaking = () => {
    const watched = watching('DurableReply');
    const says = (node: string, at: string): void => {
      watched.promise(node, at);
      watched.promised(node, at);
    };
    const votes = (node: string, at: string, first: number, values: string): void => {
      watched.vote(node, at, first, values);
      watched.accepted(node, at, first, values.length);
    };
    return { ...watched, says, votes };
  };

  test('holds for an acceptor that begins again with what it told, or more, or has forgotten what it truncated', () => {
    const { violations, says, votes, restart, truncate } = speaking();
    restart('a');
    says('a', '1.b');
    votes('a', '2.b', 0, 'xy');
    restart('a', voteOf('2.b', 0, 'x'), voteOf('3.c', 1, 'y'));
    truncate('a', 1);
    restart('a', ...forgottenBelow('3.c', 1), voteOf('3.c', 1, 'y'));
    expect(violations).toEqual([]);
  });

  test('is violated by a life that has forgotten what it truncated, and that it did', () => {
    const { violations, votes, vote, restart, truncate } = speaking();
    votes('a', '2.b', 0, 'xy');
    truncate('a', 1);
    restart('a', voteOf('2.b', 1, 'y'));
    vote('a', '2.b', 2, 'z');
    expect(violations).toEqual(['a told of a vote in slot 0 at ballot 2.b, and its next life begins without it; yet it votes at 2.b']);
  });

  test('is violated by a life that takes part and began without a promise that was heard, and not by one that was never told', () => {
    const { violations, promise, says, restart, converge } = speaking();
    promise('a', '5.c');
    restart('a');
    says('a', '2.b');
    restart('a', promiseOf('2.b'));
    restart('a', promiseOf('1.c'));
    restart('a', promiseOf('2.b'));
    promise('a', '2.c');
    expect(violations).toEqual([]);
    restart('a', promiseOf('1.c'));
    promise('a', '3.b');
    restart('a');
    converge();
    expect(violations).toEqual([
      'a told of ballot 2.b, and its next life begins with 1.c; yet it promises at 3.b',
      'a told of ballot 2.b, and its next life begins with ⊥; yet it takes part',
    ]);
  });

  test('is violated by a life that begins without a vote that was heard', () => {
    const { violations, votes, restart, vote } = speaking();
    votes('a', '2.b', 7, 'x');
    restart('a', promiseOf('3.c'));
    vote('a', '3.c', 8, 'x');
    expect(violations).toEqual(['a told of a vote in slot 7 at ballot 2.b, and its next life begins without it; yet it votes at 3.c']);
  });

  test('is violated by telling of a promise that was never made, or of a vote that was never cast, or at another ballot', () => {
    const { violations, confirmed, accepted, votes } = speaking();
    confirmed('a', '1.b');
    votes('b', '2.b', 0, 'x');
    accepted('b', '2.b', 0, 2);
    accepted('b', '1.b', 0);
    expect(violations).toEqual([
      'a told of ballot 1.b, and never promised more than ⊥',
      'b told of a vote in slot 1 at ballot 2.b that it never cast',
      'b told of a vote in slot 0 at ballot 1.b that it never cast',
    ]);
  });

  test('hears what was told before a crash after it, and excuses a disk that was lost', () => {
    const { violations, vote, accepted, votes, wipe, restart } = speaking();
    votes('a', '2.b', 7, 'x');
    vote('b', '2.b', 7, 'x');
    for (const node of ['a', 'b']) {
      wipe(node);
      restart(node);
    }
    accepted('b', '2.b', 7);
    expect(violations).toEqual([]);
  });
});
