import type { Invariant } from '../../wiring/observer.js';
import type { QuorumSystem } from '../quorum.js';

/** Acceptors of which all sets are gone through; larger systems are taken on trust. */
const MOST_ACCEPTORS = 12;

/**
 * QuorumValid (Howard, Malkhi and Spiegelman, Flexible Paxos, §3; docs/protocols.md §11): every phase-1 quorum meets every phase-2
 * quorum. Every other property is stated over these quorums, so the system itself is checked, before anything happens.
 */
export const quorumValid = (quorum: QuorumSystem): Invariant => ({
  name: 'QuorumValid',
  watch: (report) => {
    const { members } = quorum;
    if (members.length > MOST_ACCEPTORS) return {};
    const without = (set: number): readonly string[] => members.filter((_, i) => (set & (1 << i)) === 0);
    for (let set = 0; set < 1 << members.length; set++) {
      // If a set is enough for phase 1, what is outside of it must not be enough for phase 2.
      const inside = members.filter((_, i) => (set & (1 << i)) !== 0);
      const outside = without(set);
      if (quorum.isPhase1(new Set(inside)) && quorum.isPhase2(new Set(outside))) {
        report(
          `the phase-1 quorum ${inside.join(', ') || 'of nobody'} does not meet the phase-2 quorum ${outside.join(', ') || 'of nobody'}`,
        );
        break;
      }
    }
    return {};
  },
});
