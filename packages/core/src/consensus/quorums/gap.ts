import type { QuorumSystem } from '../quorum.js';

/** Of so many acceptors all sets are gone through. */
export const MOST_ENUMERATED = 16;

/** A phase-1 and a phase-2 quorum without a common acceptor, neither with more than it needs. */
export interface Gap {
  readonly phase1: readonly string[];
  readonly phase2: readonly string[];
}

/** What makes the system unsafe, if anything; undefined too if there are more than `MOST_ENUMERATED` acceptors. */
export const gapOf = ({ members, isPhase1, isPhase2 }: QuorumSystem): Gap | undefined => {
  if (members.length > MOST_ENUMERATED) return undefined;
  for (let set = 0; set < 1 << members.length; set++) {
    const inside = members.filter((_, i) => (set & (1 << i)) !== 0);
    const outside = members.filter((_, i) => (set & (1 << i)) === 0);
    // If a set is enough for phase 1, what is outside of it must not be enough for phase 2.
    if (isPhase1(new Set(inside)) && isPhase2(new Set(outside)))
      return { phase1: least(inside, isPhase1), phase2: least(outside, isPhase2) };
  }
  return undefined;
};

const least = (nodes: readonly string[], isQuorum: (nodes: ReadonlySet<string>) => boolean): readonly string[] => {
  let kept = nodes;
  for (const node of nodes) {
    const without = kept.filter((other) => other !== node);
    if (isQuorum(new Set(without))) kept = without;
  }
  return kept;
};
