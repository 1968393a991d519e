/**
 * Which sets of acceptors suffice. Every phase-1 quorum meets every phase-2 quorum; that alone makes Paxos safe, where no ballot is
 * used twice. (Howard, Malkhi & Spiegelman, Flexible Paxos §3)
 *
 * Multi-Paxos assumes more: every phase-1 quorum meets every other. A leader whose data was put back as an older copy has forgotten
 * rounds that it used. If it proposed in one, a phase-1 quorum had promised that ballot, durably. The pre-vote of its next life hears
 * from a phase-1 quorum what that has promised; the two meet, and so the round it takes is above (`Leader.probed`, `RoundLog.take`).
 * Phase-1 quorums that need not meet, say two of four where three choose, would let it take the round again, and propose another
 * value at the same ballot; and votes for the two would be counted together. With these, a leader must not take the first round of
 * a life before acceptors of every phase-1 quorum have answered its pre-vote, in favour or not: that may be more of them than have to
 * support it. The rounds that a life takes later are above its first.
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
