import type { Topology } from '../../wiring/topology.js';
import type { QuorumSystem, Quorums } from '../quorum.js';
import { quorumsOf } from '../quorums/part.js';

/** Who plays what in this group: the same on every node. */
export interface Placement {
  readonly acceptors: readonly string[];
  /** In the order of their names. They are listed: a key is deleted when each of them has forgotten it. */
  readonly proposers: readonly string[];
  readonly quorum: QuorumSystem;
}

/** Throws `ConfigurationError` (`BAD_QUORUMS`). */
export const placementOf = (topology: Pick<Topology, 'playing'>, quorums?: Quorums): Placement => {
  const acceptors = topology.playing('acceptor');
  const proposers = [...topology.playing('proposer')].sort((a, b) => (a < b ? -1 : 1));
  return { acceptors, proposers, quorum: quorumsOf(acceptors, quorums) };
};
