import type { Step } from '@synod/core/consensus';
import { type FastQuorumSystem, fastCounts, fastMajority, fastQuorumsOf, fastSets } from '@synod/fast-paxos';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pick, pickAt, votesByValue } from '../../packages/fast-paxos/src/pick.js';
import { acceptors, assignments, subsets } from './sets.js';

const FAST: Step = { round: 3, node: 'c1', step: -1 };
const CLASSIC: Step = { round: 3, node: 'c1' };

/** Values that are equal, and never one object. */
const value = (name: string): { readonly name: string } => ({ name });
const same = (one: { readonly name: string }, other: { readonly name: string }): boolean => one.name === other.name;

/** Who voted for what, as `{ a1: 'x' }`; of whom nothing is said did not vote. */
const votesOf = (votes: Readonly<Record<string, string>>) => new Map(Object.entries(votes).map(([node, name]) => [node, value(name)]));

const picked = (quorum: FastQuorumSystem, votes: Readonly<Record<string, string>>, told: readonly string[]) => {
  const known = Object.fromEntries(Object.entries(votes).filter(([node]) => told.includes(node)));
  const { forced, value } = pickAt(FAST, votesOf(known), new Set(told), quorum, same);
  return { forced, value: value?.name };
};

describe('of five acceptors', () => {
  const quorum = fastQuorumsOf(acceptors(5));

  test('S6.1 x is chosen by four, and three of which only two tell of it must pick it', () => {
    const votes = { a1: 'x', a2: 'x', a3: 'y', a4: 'x', a5: 'x' };
    expect(quorum.isFast(new Set(['a1', 'a2', 'a4', 'a5']))).toBe(true);
    expect(picked(quorum, votes, ['a1', 'a2', 'a3'])).toEqual({ forced: true, value: 'x' });
  });

  test('S6.2 three tell of two votes for y, which may be chosen; all five tell that nothing is', () => {
    const votes = { a1: 'x', a2: 'x', a3: 'x', a4: 'y', a5: 'y' };
    expect(picked(quorum, votes, ['a3', 'a4', 'a5'])).toEqual({ forced: true, value: 'y' });
    expect(picked(quorum, votes, acceptors(5))).toEqual({ forced: false, value: 'x' });
  });

  test('S6.3 with three as a fast quorum, which no rule allows, x is chosen and y picked', () => {
    const bad: FastQuorumSystem = { ...fastMajority(acceptors(5)), isFast: (nodes) => nodes.size >= 3 };
    const votes = { a1: 'x', a2: 'x', a3: 'x', a4: 'y', a5: 'y' };
    expect(bad.isFast(new Set(['a1', 'a2', 'a3']))).toBe(true);
    expect(picked(bad, votes, ['a3', 'a4', 'a5']).value).toBe('y');
    expect(() => fastQuorumsOf(acceptors(5), () => bad)).toThrow('have no acceptor in common');
  });

  test('where nobody voted anything goes', () => {
    expect(picked(quorum, {}, ['a1', 'a2', 'a3'])).toEqual({ forced: false, value: undefined });
    expect(pick(new Map([['a1', undefined]]), quorum, same)).toEqual({ forced: false, value: undefined });
  });

  test('one vote among three is not enough to have been chosen, and is preferred', () => {
    expect(picked(quorum, { a2: 'x' }, ['a1', 'a2', 'a3'])).toEqual({ forced: false, value: 'x' });
  });

  test('one vote at a classic step is enough, whatever more were told of at the fast one before it', () => {
    const told = new Map([
      ['a1', { at: FAST, value: value('x') }],
      ['a2', { at: FAST, value: value('x') }],
      ['a3', { at: CLASSIC, value: value('y') }],
    ]);
    expect(pick(told, quorum, same)).toEqual({ forced: true, value: value('y') });
  });

  test('votes at lower steps count for nothing', () => {
    const lower = { round: 2, node: 'c9' };
    const told = new Map([
      ['a1', { at: lower, value: value('x') }],
      ['a2', { at: FAST, value: value('y') }],
      ['a3', { at: FAST, value: value('y') }],
    ]);
    expect(pick(told, quorum, same)).toEqual({ forced: true, value: value('y') });
  });

  test('of as many votes each, the one of the acceptor with the lowest name is preferred, in whichever order they came', () => {
    const votes = [
      ['a5', 'x'],
      ['a2', 'y'],
      ['a3', 'x'],
      ['a1', 'z'],
      ['a4', 'y'],
    ] as const;
    fc.assert(
      fc.property(fc.shuffledSubarray([...votes], { minLength: 5 }), (order) => {
        expect(votesByValue(votesOf(Object.fromEntries(order)), same).map(({ value }) => value.name)).toEqual(['y', 'x', 'z']);
      }),
    );
  });
});

/** All systems of so many acceptors that counts make. */
const countSystems = (n: number): readonly FastQuorumSystem[] => {
  const systems: FastQuorumSystem[] = [];
  for (let phase1 = 1; phase1 <= n; phase1++)
    for (let fast = 1; fast <= n; fast++)
      if (phase1 + 2 * fast > 2 * n) systems.push(fastQuorumsOf(acceptors(n), fastCounts({ phase1, phase2: n, fast })));
  return systems;
};

const NAMES = ['x', 'y', 'z', undefined] as const;

/** Everybody's vote, for every phase-1 quorum: what it picks. */
const everyPick = (system: FastQuorumSystem, each: (votes: ReadonlyMap<string, string | undefined>, told: ReadonlySet<string>) => void) => {
  const quorums = subsets(system.members).filter(system.isPhase1);
  for (const votes of assignments<string | undefined>(system.members, NAMES)) for (const told of quorums) each(votes, told);
};

const cast = (votes: ReadonlyMap<string, string | undefined>, told: ReadonlySet<string>): ReadonlyMap<string, string> => {
  const known = new Map<string, string>();
  for (const [node, name] of votes) if (name !== undefined && told.has(node)) known.set(node, name);
  return known;
};

const equal = (one: string, other: string): boolean => one === other;

describe.each([3, 4, 5])('of %d acceptors, by brute force over all votes, phase-1 quorums and sizes,', (n) => {
  test('what a fast quorum chose, or with those that are not heard may have, is picked, and nothing else is forced', () => {
    for (const system of countSystems(n))
      everyPick(system, (votes, told) => {
        const known = cast(votes, told);
        const { forced, value } = pickAt(FAST, known, told, system, equal);
        // Some fast quorum of which everybody who told voted for it.
        const may = ['x', 'y', 'z'].filter((name) =>
          subsets(system.members).some(
            (fast) => system.isFast(fast) && [...fast].every((node) => !told.has(node) || known.get(node) === name),
          ),
        );
        const heard = may.filter((name) => [...known.values()].includes(name));
        if (heard.length > 1 || (heard.length === 1) !== forced || (forced && heard[0] !== value))
          expect({ votes, told, forced, value }).toBe(`one of ${heard}`);
        const chosen = ['x', 'y', 'z'].filter((name) =>
          system.isFast(new Set([...votes].filter(([, vote]) => vote === name).map(([node]) => node))),
        );
        if (chosen.length > 0 && (!forced || chosen[0] !== value)) expect({ votes, told, forced, value }).toBe(`chosen ${chosen}`);
      });
  }, 120_000);

  test('that is to have as many votes as fast + told - all, and plurality finds it', () => {
    for (let phase1 = 1; phase1 <= n; phase1++)
      for (let fast = 1; fast <= n; fast++) {
        if (phase1 + 2 * fast <= 2 * n) continue;
        const system = fastQuorumsOf(acceptors(n), fastCounts({ phase1, phase2: n, fast }));
        everyPick(system, (votes, told) => {
          const known = cast(votes, told);
          const [most] = votesByValue(known, equal);
          const reach = votesByValue(known, equal).filter(({ voters }) => voters.size >= fast + told.size - n);
          const { forced, value } = pickAt(FAST, known, told, system, equal);
          if (forced !== reach.length > 0 || value !== most?.value)
            expect({ votes, told, forced, value }).toBe(`by count ${reach.map((one) => one.value)}`);
        });
      }
  }, 120_000);
});

describe('whatever the quorums are', () => {
  const some = (n: number) => fc.array(fc.subarray([...acceptors(n)], { minLength: 1 }), { minLength: 1, maxLength: 4 });
  const systems = fc
    .integer({ min: 3, max: 6 })
    .chain((n) => fc.tuple(fc.constant(n), fc.record({ phase1: some(n), phase2: fc.constant([[...acceptors(n)]]), fast: some(n) })))
    .map(([n, given]) => {
      try {
        return fastQuorumsOf(acceptors(n), fastSets(given));
      } catch {
        return undefined;
      }
    })
    .filter((system) => system !== undefined);
  const situations = systems.chain((system) =>
    fc.record({
      system: fc.constant(system),
      told: fc.subarray([...system.members]).filter((nodes) => system.isPhase1(new Set(nodes))),
      votes: fc.array(fc.constantFrom('x', 'y', undefined), { minLength: system.members.length, maxLength: system.members.length }),
    }),
  );

  test('never two values may both have been chosen, and what was is picked', () => {
    fc.assert(
      fc.property(situations, ({ system, told, votes }) => {
        const all = new Map(system.members.map((node, i) => [node, votes[i]]));
        const known = cast(all, new Set(told));
        const untold = system.members.filter((node) => !told.includes(node));
        const may = votesByValue(known, equal).filter(({ voters }) => system.isFast(new Set([...voters, ...untold])));
        expect(may.length).toBeLessThanOrEqual(1);
        const { forced, value } = pickAt(FAST, known, new Set(told), system, equal);
        for (const name of ['x', 'y'])
          if (system.isFast(new Set(system.members.filter((node) => all.get(node) === name))))
            expect({ forced, value }).toEqual({ forced: true, value: name });
      }),
    );
  });
});
