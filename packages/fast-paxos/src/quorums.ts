import type { QuorumSystem } from '@synod/core';

/**
 * Quorums of Fast Paxos. Any two fast quorums and any phase-1 quorum have an acceptor in common: so what a fast quorum may have chosen is
 * told from what it cannot have. (Lamport, Fast Paxos §2.2, "Quorum Requirement")
 */
export interface FastQuorumSystem extends QuorumSystem {
  /** Enough votes at one fast step to choose. */
  isFast(nodes: ReadonlySet<string>): boolean;
}

/** How the quorums of a deployment are made of its acceptors. Throws `ConfigurationError` (`BAD_QUORUMS`). */
export type FastQuorums = (members: readonly string[]) => FastQuorumSystem;
