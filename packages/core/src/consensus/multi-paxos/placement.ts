import type { Topology } from '../../wiring/topology.js';
import type { QuorumSystem, Quorums } from '../quorum.js';
import { quorumsOf } from '../quorums/part.js';

/** Who plays what in this group: the same on every node. */
export interface Placement {
  readonly proposers: readonly string[];
  readonly leaders: readonly string[];
  readonly acceptors: readonly string[];
  readonly learners: readonly string[];
  readonly quorum: QuorumSystem;
  /** Learners on nodes without an acceptor: a leader sends them what is decided. */
  readonly remoteLearners: readonly string[];
  /** Some leader's node has no learner, so a request names the learner that answers. */
  readonly namesLearner: boolean;
  /** Whose snapshots allow forgetting, and how many of them are needed. */
  readonly snapshots: { readonly learners: readonly string[]; readonly needed: number };
}

/** Throws `ConfigurationError` (`BAD_QUORUMS`). */
export const placementOf = (topology: Pick<Topology, 'playing'>, quorums?: Quorums): Placement =>
  placed(topology, (acceptors) => quorumsOf(acceptors, quorums));

/** The same, with quorums that were checked. */
export const placed = (topology: Pick<Topology, 'playing'>, quorums: Quorums): Placement => {
  const proposers = topology.playing('proposer');
  const leaders = topology.playing('leader');
  const acceptors = topology.playing('acceptor');
  const learners = topology.playing('learner');
  const needed = Math.floor(acceptors.length / 2) + 1;
  const voting = learners.filter((node) => acceptors.includes(node));
  return {
    proposers,
    leaders,
    acceptors,
    learners,
    quorum: quorums(acceptors),
    remoteLearners: learners.filter((node) => !acceptors.includes(node)),
    namesLearner: leaders.some((node) => !learners.includes(node)),
    snapshots: voting.length >= needed ? { learners: voting, needed } : { learners, needed: learners.length },
  };
};
