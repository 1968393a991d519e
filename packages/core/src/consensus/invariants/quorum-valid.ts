import type { Invariant } from '../../wiring/observer.js';
import type { QuorumSystem } from '../quorum.js';
import { gapOf } from '../quorums/gap.js';
import { describeGap } from '../quorums/refuse.js';

/**
 * QuorumValid (Howard, Malkhi and Spiegelman, Flexible Paxos, §3; docs/protocols.md §11): every phase-1 quorum meets every phase-2
 * quorum. Every other property is stated over these quorums, so the system itself is checked, before anything happens; systems of
 * very many acceptors are taken on trust.
 */
export const quorumValid = (quorum: QuorumSystem): Invariant => ({
  name: 'QuorumValid',
  watch: (report) => {
    const gap = gapOf(quorum);
    if (gap !== undefined) report(describeGap(gap));
    return {};
  },
});
