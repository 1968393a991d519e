import { type ConfigurationError, counts, grid, majority, type Quorums } from '@synod/core';
import { crashesTolerated, type FastQuorumSystem, fastCounts, fastMajority, fastQuorumsOf, fastSets, twoThirds } from '@synod/fast-paxos';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptors, subsets } from './sets.js';

const refusal = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigurationError', code: 'BAD_QUORUMS' });
    return (error as ConfigurationError).message;
  }
  throw new Error('nothing was refused');
};

const least = (isQuorum: (nodes: ReadonlySet<string>) => boolean, members: readonly string[]): number =>
  Math.min(
    ...subsets(members)
      .filter(isQuorum)
      .map((set) => set.size),
  );

/** What the rules ask for, literally. */
const safe = ({ members, isPhase1, isPhase2, isFast }: FastQuorumSystem): boolean => {
  const all = subsets(members);
  const [phase1, phase2, fast] = [all.filter(isPhase1), all.filter((nodes) => isPhase2(nodes)), all.filter(isFast)];
  return phase1.every(
    (one) =>
      phase2.every((two) => [...one].some((node) => two.has(node))) &&
      fast.every((two) => fast.every((three) => [...one].some((node) => two.has(node) && three.has(node)))),
  );
};

describe('the sizes that docs/protocols.md tabulates', () => {
  test.each([
    [3, 2, 3, 1, 0, 3],
    [4, 3, 3, 1, 1, 3],
    [5, 3, 4, 2, 1, 4],
    [6, 4, 5, 2, 1, 5],
    [7, 4, 6, 3, 1, 5],
    [8, 5, 6, 3, 2, 6],
    [9, 5, 7, 4, 2, 7],
  ])(
    'of %d acceptors %d are a classic quorum, %d a fast one; %d or %d may crash; %d where all sizes are equal',
    (n, qc, qf, classic, fast, equal) => {
      const members = acceptors(n);
      const system = fastQuorumsOf(members);
      expect(least(system.isPhase1, members)).toBe(qc);
      expect(least((nodes) => system.isPhase2(nodes), members)).toBe(qc);
      expect(least(system.isFast, members)).toBe(qf);
      expect(crashesTolerated(system)).toEqual({ classic, fast });
      const even = fastQuorumsOf(members, twoThirds);
      for (const is of [even.isPhase1, even.isPhase2, even.isFast]) expect(least((nodes) => is(nodes), members)).toBe(equal);
      expect(crashesTolerated(even)).toEqual({ classic: n - equal, fast: n - equal });
    },
  );

  test('they are valid, and so are those of one acceptor and of two', () => {
    for (let n = 1; n <= 7; n++) for (const rule of [fastMajority, twoThirds]) expect(safe(fastQuorumsOf(acceptors(n), rule))).toBe(true);
  });
});

describe('a step before 0 takes a fast quorum', () => {
  test('and the step of the owner a classic one', () => {
    const { isPhase2 } = fastQuorumsOf(acceptors(5));
    const three = new Set(acceptors(3));
    expect([isPhase2(three), isPhase2(three, 0), isPhase2(three, -1)]).toEqual([true, true, false]);
    expect(isPhase2(new Set(acceptors(4)), -2)).toBe(true);
  });
});

describe('quorums that do not meet are refused', () => {
  test('S6.3 three of five as a fast quorum', () => {
    expect(refusal(() => fastCounts({ fast: 3 })(acceptors(5)))).toBe(
      'fastCounts: the phase-1 quorum a1, a2, a3 and the fast quorums a3, a4, a5 and a1, a2, a5 have no acceptor in common; phase1 3 and twice fast, 6, must together be more than 10, twice the acceptors',
    );
  });

  test('of counts exactly those of which docs/protocols.md says so', () => {
    const sized = fc.integer({ min: 1, max: 5 }).chain((n) => {
      const count = fc.integer({ min: 1, max: n });
      return fc.record({ n: fc.constant(n), phase1: count, phase2: count, fast: count });
    });
    fc.assert(
      fc.property(sized, ({ n, ...given }) => {
        const make = () => fastQuorumsOf(acceptors(n), fastCounts(given));
        if (given.phase1 + given.phase2 > n && given.phase1 + 2 * given.fast > 2 * n) expect(safe(make())).toBe(true);
        else expect(refusal(make)).toMatch(/does not meet the phase-2 quorum|have no acceptor in common/);
      }),
    );
  });

  test('of sets exactly those that brute force finds unsafe, and what is named has no acceptor in common', () => {
    const sized = fc.integer({ min: 1, max: 5 }).chain((n) => {
      const some = fc.array(fc.subarray([...acceptors(n)], { minLength: 1 }), { minLength: 1, maxLength: 3 });
      return fc.record({ n: fc.constant(n), phase1: some, phase2: some, fast: some });
    });
    const holds = (quorums: string[][]) => (nodes: ReadonlySet<string>) => quorums.some((one) => one.every((node) => nodes.has(node)));
    fc.assert(
      fc.property(sized, ({ n, ...given }) => {
        const members = acceptors(n);
        const literal: FastQuorumSystem = {
          members,
          isPhase1: holds(given.phase1),
          isPhase2: (nodes, step = 0) => holds(step < 0 ? given.fast : given.phase2)(nodes),
          isFast: holds(given.fast),
          fingerprint: 'own',
        };
        // A rule of somebody's own is checked as much as one of ours.
        const ways = [() => fastQuorumsOf(members, fastSets(given)), () => fastQuorumsOf(members, () => literal)];
        if (safe(literal)) for (const make of ways) expect(safe(make())).toBe(true);
        else
          for (const make of ways) {
            const said = refusal(make);
            const found = /the phase-1 quorum (.+) and the fast quorums (.+) and (.+) have no acceptor in common/.exec(said);
            if (found === null) expect(said).toContain('does not meet the phase-2 quorum');
            else {
              const [one, two, three] = found.slice(1).map((text) => text.split(', ')) as [string[], string[], string[]];
              expect([literal.isPhase1(new Set(one)), literal.isFast(new Set(two)), literal.isFast(new Set(three))]).toEqual([
                true,
                true,
                true,
              ]);
              expect(one.filter((node) => two.includes(node) && three.includes(node))).toEqual([]);
            }
          }
      }),
    );
  });

  test('and counts, sets and rules that make no sense', () => {
    const said = (rule: Quorums) => refusal(() => fastQuorumsOf(acceptors(4), rule));
    expect(said(fastCounts({ fast: 5 }))).toContain('fastCounts: fast is 5; it must be a whole number from 1 to 4');
    expect(said(fastCounts({ phase1: 1, fast: 4 }))).toContain('the phase-1 quorum a1 does not meet');
    expect(said(fastSets({ phase1: [['a1']], phase2: [['a1']], fast: [] }))).toContain('fast is empty');
    expect(said(fastSets({ phase1: [['a1']], phase2: [[]], fast: [['a1']] }))).toContain('phase2[0] is empty');
    expect(said(fastSets({ phase1: [['a9']], phase2: [['a1']], fast: [['a1']] }))).toContain('names "a9", which is no acceptor');
  });

  test('rules without fast quorums say what to give instead', () => {
    for (const rule of [
      majority,
      counts({ phase1: 2, phase2: 3 }),
      grid([
        ['a1', 'a2'],
        ['a3', 'a4'],
      ]),
    ])
      expect(refusal(() => fastQuorumsOf(acceptors(4), rule))).toContain(
        'has no fast quorums, and Fast Paxos needs them; give quorums(...)',
      );
  });

  test('a rule by which not even all can choose', () => {
    const never: Quorums = (members) => ({ ...fastMajority(members), isFast: () => false });
    expect(refusal(() => fastQuorumsOf(acceptors(3), never))).toContain('all acceptors together are no fast quorum');
  });
});

describe('the fingerprint', () => {
  test('is the same for the same acceptors in any order, and another for other sizes', () => {
    const [one, other] = [acceptors(5), [...acceptors(5)].reverse()];
    for (const rule of [fastMajority, twoThirds, fastCounts({ fast: 5 })]) expect(rule(one).fingerprint).toBe(rule(other).fingerprint);
    const sets = {
      phase1: [['a1', 'a2']],
      phase2: [['a1']],
      fast: [
        ['a2', 'a1'],
        ['a1', 'a3'],
      ],
    };
    expect(fastSets(sets)(one).fingerprint).toBe(
      fastSets({
        ...sets,
        fast: [
          ['a3', 'a1'],
          ['a1', 'a2'],
        ],
      })(other).fingerprint,
    );
    const all = [fastMajority, twoThirds, fastCounts({ fast: 5 }), fastCounts({ fast: 4 })].map((rule) => rule(one).fingerprint);
    expect(new Set(all).size).toBe(all.length);
  });
});
