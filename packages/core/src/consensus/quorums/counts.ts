import type { Quorums } from '../quorum.js';
import { describeGap, refuse, wholeNumber } from './refuse.js';

/** How many acceptors are a quorum. */
export interface Counts {
  readonly phase1: number;
  readonly phase2: number;
}

/**
 * Any `phase1` acceptors are a phase-1 quorum, any `phase2` a phase-2 quorum; together they are more than there are. With few for
 * phase 2, commands wait for fewer acceptors and are on fewer disks, and elections need more of them. (Howard, Malkhi & Spiegelman,
 * Flexible Paxos §3)
 */
export const counts =
  (given: Counts): Quorums =>
  (members) => {
    const phase1 = wholeNumber('counts: phase1', given.phase1, members.length);
    const phase2 = wholeNumber('counts: phase2', given.phase2, members.length);
    if (phase1 + phase2 <= members.length) {
      const gap = { phase1: members.slice(0, phase1), phase2: members.slice(-phase2) };
      refuse(
        `counts: ${describeGap(gap)}; phase1 ${phase1} and phase2 ${phase2} must together be more than the ${members.length} acceptors`,
      );
    }
    return {
      members,
      isPhase1: atLeast(members, phase1),
      isPhase2: atLeast(members, phase2),
      fingerprint: `counts(${phase1},${phase2};${[...members].sort().join(',')})`,
    };
  };

/** The sets that `needed` of `members` are among: what `isPhase1` and `isPhase2` of a system that counts can be. */
export const atLeast =
  (members: readonly string[], needed: number) =>
  (nodes: ReadonlySet<string>): boolean => {
    let count = 0;
    for (const member of members) if (nodes.has(member)) count++;
    return count >= needed;
  };
