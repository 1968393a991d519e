import {
  type ActorContext,
  type ConfigurationError,
  colocated,
  counts,
  Effects,
  grid,
  majority,
  type Quorums,
  quorums,
  sets,
  weighted,
} from '@synod/core';
import { SeededRandom } from '@synod/core/simulation';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Candidacy } from '../../../packages/core/src/consensus/multi-paxos/candidacy.js';
import type { MultiPaxosMessage } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { DEFAULTS } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { placementOf } from '../../../packages/core/src/consensus/multi-paxos/placement.js';
import { meetsEveryPhase1 } from '../../../packages/core/src/consensus/quorum.js';
import { gapOf } from '../../../packages/core/src/consensus/quorums/gap.js';
import { quorumsOf } from '../../../packages/core/src/consensus/quorums/part.js';
import { Cluster, follow } from '../node/cluster.js';

const nodes = (count: number): string[] => 'abcdefghijklmnopqrst'.slice(0, count).split('');

const refusal = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigurationError', code: 'BAD_QUORUMS' });
    return (error as ConfigurationError).message;
  }
  throw new Error('nothing was refused');
};

/** All sets of these nodes, by brute force. */
const subsets = (members: readonly string[]): Set<string>[] =>
  Array.from({ length: 1 << members.length }, (_, set) => new Set(members.filter((_, i) => (set & (1 << i)) !== 0)));

describe('quorums that a rule makes all meet, and others are refused', () => {
  test('majorities', () => {
    for (let size = 1; size <= 7; size++) expect(gapOf(majority(nodes(size)))).toBeUndefined();
  });

  test('counts, exactly if together they are more than there are acceptors', () => {
    const sized = fc.integer({ min: 1, max: 7 }).chain((size) => {
      const count = fc.integer({ min: 1, max: size });
      return fc.record({ size: fc.constant(size), phase1: count, phase2: count });
    });
    fc.assert(
      fc.property(sized, ({ size, ...given }) => {
        const make = () => counts(given)(nodes(size));
        if (given.phase1 + given.phase2 > size) expect(gapOf(make())).toBeUndefined();
        else expect(refusal(make)).toContain('does not meet the phase-2 quorum');
      }),
    );
  });

  test('weights, exactly if no two quorums miss each other', () => {
    const given = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }).chain((weights) => {
      const needed = fc.integer({ min: 1, max: weights.reduce((sum, weight) => sum + weight) });
      return fc.record({ weights: fc.constant(weights), phase1: needed, phase2: needed });
    });
    fc.assert(
      fc.property(given, ({ weights, phase1, phase2 }) => {
        const members = nodes(weights.length);
        const weigh = (of: Iterable<string>): number => [...of].reduce((sum, node) => sum + weights[members.indexOf(node)]!, 0);
        const rest = (of: ReadonlySet<string>): string[] => members.filter((node) => !of.has(node));
        const misses = subsets(members).some((one) => weigh(one) >= phase1 && weigh(rest(one)) >= phase2);
        const make = () =>
          weighted({ weights: Object.fromEntries(members.map((node, i) => [node, weights[i]!])), phase1, phase2 })(members);
        if (misses) expect(refusal(make)).toContain('does not meet');
        else expect(gapOf(make())).toBeUndefined();
      }),
    );
  });

  test('grids: a column elects, a row chooses, and two columns need not meet', () => {
    const rule = grid([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const { isPhase1, isPhase2, ...system } = quorumsOf(nodes(4), rule);
    expect(isPhase1(new Set(['a', 'c']))).toBe(true);
    expect(isPhase1(new Set(['a', 'b']))).toBe(false);
    expect(isPhase2(new Set(['a', 'b']))).toBe(true);
    expect(isPhase2(new Set(['a', 'c', 'z']))).toBe(false);
    expect(system.fingerprint).toBe('grid(a,b;c,d)');
  });

  test('sets, one by one', () => {
    const system = sets({
      phase1: [['a', 'b'], ['c']],
      phase2: [
        ['b', 'c'],
        ['a', 'c'],
      ],
    })(nodes(3));
    expect(system.isPhase1(new Set(['c', 'a']))).toBe(true);
    expect(system.isPhase2(new Set(['a', 'b']))).toBe(false);
    expect(gapOf(system)).toBeUndefined();
    expect(
      sets({
        phase1: [['c'], ['b', 'a']],
        phase2: [
          ['a', 'c'],
          ['c', 'b'],
        ],
      })(nodes(3)).fingerprint,
    ).toBe(system.fingerprint);
  });

  test('a rule of somebody’s own is looked at, too', () => {
    const anybody: Quorums = (members) => ({
      members,
      isPhase1: (one) => members.some((node) => one.has(node)),
      isPhase2: (one) => members.some((node) => one.has(node)),
      fingerprint: 'anybody',
    });
    expect(refusal(() => quorumsOf(nodes(3), anybody))).toBe(
      'anybody: the phase-1 quorum a does not meet the phase-2 quorum c; what the second chooses, a leader that asks the first does not see',
    );
  });
});

describe('a rule is refused', () => {
  test.each<[string, Quorums, string]>([
    [
      'S5: two and two of four',
      counts({ phase1: 2, phase2: 2 }),
      'counts: the phase-1 quorum a, b does not meet the phase-2 quorum c, d; phase1 2 and phase2 2 must together be more than the 4 acceptors',
    ],
    ['with more than there are', counts({ phase1: 5, phase2: 1 }), 'counts: phase1 is 5; it must be a whole number from 1 to 4'],
    ['with a part of an acceptor', counts({ phase1: 4, phase2: 1.5 }), 'counts: phase2 is 1.5; it must be a whole number from 1 to 4'],
    [
      'with a weight for somebody else',
      weighted({ weights: { a: 1, b: 1, c: 1, e: 1 } }),
      'weighted: weights names "e", which is no acceptor; the acceptors are a, b, c, d',
    ],
    [
      'without a weight for somebody',
      weighted({ weights: { a: 1, b: 1, c: 1 } }),
      'weighted: weights.d is undefined; it must be a whole number from 1 to 1000000',
    ],
    [
      'with weights that leave two apart',
      weighted({ weights: { a: 3, b: 1, c: 1, d: 1 }, phase1: 3, phase2: 3 }),
      'weighted: the phase-1 quorum a does not meet the phase-2 quorum b, c, d; phase1 3 and phase2 3 should together be more than 6, which all weigh',
    ],
    ['without rows', grid([]), 'grid: there is no row, or an empty one; give rows of acceptors'],
    ['with rows of two lengths', grid([['a', 'b'], ['c']]), 'grid: row 1 holds 1 acceptors, and row 0 2; rows must be of one length'],
    ['with a grid that lacks somebody', grid([['a'], ['b'], ['c']]), 'grid: d is in it 0 times; every acceptor must be in it once'],
    ['without sets', sets({ phase1: [['a']], phase2: [] }), 'sets: phase2 is empty; give one quorum at least'],
    ['with an empty set', sets({ phase1: [[]], phase2: [['a']] }), 'sets: phase1[0] is empty; nobody is no quorum'],
    [
      'with sets that do not meet',
      sets({ phase1: [['a', 'b']], phase2: [['b'], ['c', 'd']] }),
      'sets: the phase-1 quorum a, b does not meet the phase-2 quorum c, d; every phase-1 quorum must have an acceptor in common with every phase-2 quorum',
    ],
  ])('%s', (_, rule, message) => {
    expect(refusal(() => rule(nodes(4)))).toBe(message);
  });

  test('with so many acceptors that not all sets can be looked at, by its arithmetic', () => {
    const weights = Object.fromEntries(nodes(20).map((node) => [node, 3]));
    expect(weighted({ weights })(nodes(20)).isPhase1(new Set(nodes(11)))).toBe(true);
    expect(refusal(() => weighted({ weights, phase1: 30, phase2: 30 })(nodes(20)))).toContain('there are too many to look at');
  });

  test('when the node is made', () => {
    const cluster = new Cluster();
    expect(refusal(() => cluster.add('a', quorums(counts({ phase1: 1, phase2: 1 }))))).toContain('does not meet');
  });
});

test('who has members of every phase-1 quorum is told from who has not', () => {
  const system = grid([
    ['a', 'b'],
    ['c', 'd'],
  ])(nodes(4));
  expect(meetsEveryPhase1(system, new Set(['a', 'c']))).toBe(false);
  expect(meetsEveryPhase1(system, new Set(['a', 'b']))).toBe(true);
  expect(meetsEveryPhase1(system, new Set(['a', 'd']))).toBe(true);
  for (let size = 1; size <= 7; size++) {
    const majorities = majority(nodes(size));
    for (const one of subsets(nodes(size))) if (majorities.isPhase1(one)) expect(meetsEveryPhase1(majorities, one)).toBe(true);
  }
});

describe('five acceptors, of which two choose and four elect', () => {
  const few = quorums(counts({ phase1: 4, phase2: 2 }));
  const ids = nodes(5);

  const formed = (): Cluster => {
    const cluster = new Cluster(colocated(ids));
    for (const id of ids) cluster.add(id, few);
    cluster.run(2000);
    return cluster;
  };

  const stop = (cluster: Cluster, ...stopped: string[]): void => {
    for (const id of stopped) follow(cluster.node(id).stop$());
  };

  /** What became of a command at this node, after some seconds. */
  const added = (cluster: Cluster, id: string) => {
    const answer = follow(cluster.client(id).submit$({ add: 1 }, { deadline: 10_000 }));
    cluster.run(11_000);
    return answer;
  };

  test('S5: three crashes leave writes and linearizable reads alive, and the loss of the leader blocks the election', () => {
    const cluster = formed();
    const { leader } = cluster;
    const [left, ...lost] = ids.filter((id) => id !== leader) as [string, string, string, string];
    stop(cluster, ...lost);
    expect(added(cluster, left).value).toBe(1);
    const read = follow(cluster.client(left).query$('total'));
    cluster.run(1000);
    expect(read.value).toBe(1);

    stop(cluster, leader);
    expect(added(cluster, left).error).toMatchObject({ name: 'UnknownOutcomeError' });
    for (const id of lost.slice(0, 2)) cluster.add(id, few);
    expect(added(cluster, left).error).toMatchObject({ name: 'UnknownOutcomeError' });
    cluster.add(lost[2] as string, few);
    const { value } = added(cluster, left);
    // Of the two whose outcome was unknown none, one or both happened.
    expect([2, 3, 4]).toContain(value);
  });

  test('do not understand a node that was given others', () => {
    const cluster = new Cluster(colocated(ids));
    for (const id of ids.slice(0, 4)) cluster.add(id, few);
    const events: unknown[] = [];
    cluster.add('e').events$.subscribe(({ event, reason }) => events.push([event, reason]));
    cluster.run(5000);
    expect(events).toContainEqual(['frame refused', expect.stringContaining('group')]);
    expect(() => cluster.leader).toThrow('nobody leads');
  });

  test('are not exchanged for others under data in which somebody voted', () => {
    const cluster = formed();
    added(cluster, 'a');
    stop(cluster, 'e');
    expect(() => cluster.add('e')).toThrow(/voted in group counters under counts\(4,2;a,b,c,d,e\), and is now given majority\(a,b,c,d,e\)/);
  });
});

test('a leader on a grid waits for an acceptor of every column before the first ballot of its life, and for its own column alone later', () => {
  const context = { random: new SeededRandom(1), now: () => 0, address: (role: string, node = 'a') => ({ node, group: 'g', role }) };
  const rule = grid([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  const effects = new Effects<MultiPaxosMessage>(() => {});
  const candidacy = new Candidacy(context as unknown as ActorContext, effects, placementOf(colocated(nodes(4)), rule), DEFAULTS);
  candidacy.probe(1000);
  expect(candidacy.answered('a', true)).toBe(false);
  // A column, which would be enough to elect; but what the other column promised is not known.
  expect(candidacy.answered('c', true)).toBe(false);
  expect(candidacy.answered('b', false)).toBe(true);
  candidacy.stand({ round: 1, node: 'a' }, 0);
  candidacy.probe(1000);
  expect(candidacy.answered('a', true)).toBe(false);
  expect(candidacy.answered('c', true)).toBe(true);
});
