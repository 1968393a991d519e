import type { Invariant } from '@synod/core/simulation';
import type { FastQuorumSystem } from '../quorums.js';
import { describeTriple, tripleOf } from '../triple.js';

/**
 * FastQuorumValid (Lamport, Fast Paxos, §2.2, "Quorum Requirement"; docs/protocols.md §11, QuorumValid): any phase-1 quorum and any two
 * fast quorums have an acceptor in common. Systems of very many acceptors are taken on trust.
 */
export const fastQuorumValid = (quorum: FastQuorumSystem): Invariant => ({
  name: 'FastQuorumValid',
  watch: (report) => {
    const triple = tripleOf(quorum);
    if (triple !== undefined) report(describeTriple(triple));
    return {};
  },
});
