import { fastQuorumsOf } from '@synod/fast-paxos';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FastTally } from '../../packages/fast-paxos/src/tally.js';
import { acceptors, assignments } from './sets.js';

const quorum = fastQuorumsOf(acceptors(5));

/** Values that are equal, and never one object. */
const tally = () => {
  const counted = new FastTally<{ readonly name: string }>(quorum, (one, other) => one.name === other.name);
  return {
    counted,
    vote: (node: string, name: string) => counted.add(node, { name }),
    state: () => ({ chosen: counted.chosen?.value.name, collided: counted.collided }),
  };
};

describe('the votes of one fast step', () => {
  test('choose a value once a fast quorum has voted for it', () => {
    const { vote, state } = tally();
    for (const node of ['a1', 'a2', 'a3']) vote(node, 'x');
    expect(state()).toEqual({ chosen: undefined, collided: false });
    vote('a5', 'x');
    expect(state()).toEqual({ chosen: 'x', collided: false });
  });

  test('collide once two against three leave no four, and not while one is against three', () => {
    const { vote, state } = tally();
    for (const node of ['a1', 'a2', 'a3']) vote(node, 'x');
    vote('a4', 'y');
    expect(state()).toEqual({ chosen: undefined, collided: false });
    vote('a5', 'y');
    expect(state()).toEqual({ chosen: undefined, collided: true });
  });

  test('collide before all were heard, where those that were not can make up for nothing', () => {
    const { vote, state } = tally();
    for (const [node, name] of [
      ['a1', 'x'],
      ['a2', 'y'],
      ['a3', 'z'],
    ] as const)
      vote(node, name);
    expect(state()).toEqual({ chosen: undefined, collided: true });
  });

  test('count one vote of an acceptor, however often it comes, and report a second value', () => {
    const { counted, vote, state } = tally();
    for (const node of ['a1', 'a1', 'a1', 'a1']) expect(vote(node, 'x')).toBe(true);
    expect(vote('a1', 'y')).toBe(false);
    expect(counted.votes).toEqual(new Map([['a1', { name: 'x' }]]));
    expect(state()).toEqual({ chosen: undefined, collided: false });
  });

  test('are those of acceptors alone', () => {
    const { counted, vote } = tally();
    for (const node of ['a1', 'a2', 'a3', 'c1']) expect(vote(node, 'x')).toBe(true);
    expect([counted.votes.size, counted.chosen]).toEqual([3, undefined]);
  });

  test('tell by brute force, in any order, exactly what can still be chosen', () => {
    const votes = fc
      .shuffledSubarray([...acceptors(5)])
      .chain((order) =>
        fc
          .array(fc.constantFrom('x', 'y', 'z'), { minLength: order.length, maxLength: order.length })
          .map((names) => order.map((node, i) => [node, names[i] as string] as const)),
      );
    fc.assert(
      fc.property(votes, (cast) => {
        const { vote, state } = tally();
        for (const [node, name] of cast) vote(node, name);
        const heard = new Map(cast);
        const rest = assignments(
          acceptors(5).filter((node) => !heard.has(node)),
          ['x', 'y', 'z'],
        );
        const chosenIn = (all: ReadonlyMap<string, string>) =>
          ['x', 'y', 'z'].find((name) => quorum.isFast(new Set([...all].filter(([, one]) => one === name).map(([node]) => node))));
        expect(state()).toEqual({
          chosen: chosenIn(heard),
          collided: rest.every((more) => chosenIn(new Map([...heard, ...more])) === undefined),
        });
      }),
    );
  });
});
