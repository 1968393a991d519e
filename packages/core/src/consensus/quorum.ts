/**
 * Which sets of acceptors suffice. Every phase-1 quorum meets every phase-2 quorum; that alone makes Paxos safe.
 * (Howard, Malkhi & Spiegelman, Flexible Paxos §3)
 */
export interface QuorumSystem {
  readonly members: readonly string[];
  /** Enough promises to know whatever may have been chosen at a lower ballot. */
  isPhase1(nodes: ReadonlySet<string>): boolean;
  /** Enough votes at one ballot to choose. It meets every phase-1 quorum, so it also confirms that no higher ballot is active. */
  isPhase2(nodes: ReadonlySet<string>): boolean;
  /** Equal on nodes whose systems are the same: part of every message's group number. */
  readonly fingerprint: string;
}

/** More than half, in both phases. */
export const majority = (members: readonly string[]): QuorumSystem => {
  const needed = Math.floor(members.length / 2) + 1;
  const enough = (nodes: ReadonlySet<string>): boolean => {
    let count = 0;
    for (const member of members) if (nodes.has(member)) count++;
    return count >= needed;
  };
  return { members, isPhase1: enough, isPhase2: enough, fingerprint: `majority(${[...members].sort().join(',')})` };
};
