import type { FastQuorumSystem } from './quorums.js';

/** Of so many acceptors all sets are gone through. */
const MOST_ENUMERATED = 16;

/** A phase-1 quorum and two fast ones without an acceptor that is in all of them. */
export interface Triple {
  readonly phase1: readonly string[];
  readonly fast: readonly [readonly string[], readonly string[]];
}

export const describeTriple = ({ phase1, fast: [one, other] }: Triple): string =>
  `the phase-1 quorum ${named(phase1)} and the fast quorums ${named(one)} and ${named(other)} have no acceptor in common`;

const named = (nodes: readonly string[]): string => nodes.join(', ') || 'of nobody';

/**
 * What makes the system unsafe, if anything; undefined too if there are more than `MOST_ENUMERATED` acceptors. Sets without a common
 * member can be added to until each node is missing in one of them alone; so every node of a least phase-1 quorum is given to one of two
 * sets, which the fast quorums miss.
 */
export const tripleOf = ({ members, isPhase1, isFast }: Pick<FastQuorumSystem, 'members' | 'isPhase1' | 'isFast'>): Triple | undefined => {
  if (members.length > MOST_ENUMERATED) return undefined;
  const all = (1 << members.length) - 1;
  const nodesOf = (set: number): readonly string[] => members.filter((_, i) => (set & (1 << i)) !== 0);
  const asked = (is: (nodes: ReadonlySet<string>) => boolean): readonly boolean[] =>
    Array.from({ length: all + 1 }, (_, set) => is(new Set(nodesOf(set))));
  const phase1 = asked(isPhase1);
  const fast = asked(isFast);
  for (let set = 0; set <= all; set++) {
    if (!phase1[set] || members.some((_, i) => (set & (1 << i)) !== 0 && phase1[set & ~(1 << i)])) continue;
    for (let missed = set; ; missed = (missed - 1) & set) {
      const [one, other] = [all & ~missed, all & ~(set & ~missed)];
      if (fast[one] && fast[other])
        return { phase1: nodesOf(set), fast: [nodesOf(least(one, fast, members.length)), nodesOf(least(other, fast, members.length))] };
      if (missed === 0) break;
    }
  }
  return undefined;
};

/** Of the set, as few as still are a quorum. */
const least = (set: number, isQuorum: readonly boolean[], bits: number): number => {
  let kept = set;
  for (let i = 0; i < bits; i++) if (isQuorum[kept & ~(1 << i)]) kept &= ~(1 << i);
  return kept;
};

/** How few of `members` may be lost, by whoever they are, that the rest is not enough; undefined if there are too many to go through. */
export const leastOf = (members: readonly string[], enough: (rest: ReadonlySet<string>) => boolean): number | undefined => {
  if (members.length > MOST_ENUMERATED) return undefined;
  let least = members.length;
  for (let lost = 0; lost < 1 << members.length; lost++) {
    const rest = members.filter((_, i) => (lost & (1 << i)) === 0);
    if (members.length - rest.length < least && !enough(new Set(rest))) least = members.length - rest.length;
  }
  return least;
};
