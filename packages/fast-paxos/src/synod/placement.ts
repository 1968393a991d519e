import { ConfigurationError, type Quorums, type Topology } from '@synod/core';
import { type FastQuorumSystem, fastQuorumsOf, namedAfter } from '../quorums.js';

/** Of the protocol. */
export const NAME = 'fast-synod/1';

/** Who plays what in this group: the same on every node. */
export interface Placement {
  /** The first of them begins; the others, once they are asked to. */
  readonly coordinators: readonly string[];
  readonly acceptors: readonly string[];
  readonly learners: readonly string[];
  readonly proposers: readonly string[];
  readonly quorum: FastQuorumSystem;
}

/** Throws `ConfigurationError` (`BAD_QUORUMS`). */
export const placementOf = (topology: Pick<Topology, 'playing'>, quorums?: Quorums): Placement => {
  const acceptors = topology.playing('acceptor');
  return {
    coordinators: topology.playing('coordinator'),
    acceptors,
    learners: topology.playing('learner'),
    proposers: topology.playing('proposer'),
    quorum: namedAfter(NAME, fastQuorumsOf(acceptors, quorums)),
  };
};

/** Throws `ConfigurationError` (`MISSING_ROLE`). */
export const checkRoles = (topology: Pick<Topology, 'playing' | 'plays'>): void => {
  for (const name of ['coordinator', 'acceptor'])
    if (topology.playing(name).length === 0)
      throw new ConfigurationError('MISSING_ROLE', `no node of the topology plays the role ${name}, and Fast Paxos needs one at least`);
  for (const node of topology.playing('proposer'))
    if (!topology.plays(node, 'learner'))
      throw new ConfigurationError(
        'MISSING_ROLE',
        `node ${node} plays proposer and not learner; whoever proposes wants to learn what is decided`,
      );
};
