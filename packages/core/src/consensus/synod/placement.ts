import { ConfigurationError } from '../../errors.js';
import type { Topology } from '../../wiring/topology.js';
import type { QuorumSystem, Quorums } from '../quorum.js';
import { quorumsOf } from '../quorums/part.js';
import type { Learning } from './options.js';

/** Who plays what in this group: the same on every node. */
export interface Placement {
  readonly proposers: readonly string[];
  readonly acceptors: readonly string[];
  readonly learners: readonly string[];
  /** The learners that acceptors tell of their votes. */
  readonly told: readonly string[];
  readonly quorum: QuorumSystem;
}

/** Throws `ConfigurationError` (`BAD_QUORUMS`). */
export const placementOf = (topology: Pick<Topology, 'playing'>, learning: Learning, quorums?: Quorums): Placement => {
  const acceptors = topology.playing('acceptor');
  const learners = topology.playing('learner');
  return {
    proposers: topology.playing('proposer'),
    acceptors,
    learners,
    told: learning === 'all' ? learners : learning.distinguished,
    quorum: quorumsOf(acceptors, quorums),
  };
};

/** Throws `ConfigurationError` (`MISSING_ROLE`, `BAD_OPTION`). */
export const checkRoles = (topology: Pick<Topology, 'playing'>, learning: Learning): void => {
  for (const name of ['proposer', 'acceptor', 'learner'])
    if (topology.playing(name).length === 0)
      throw new ConfigurationError('MISSING_ROLE', `no node of the topology plays the role ${name}, and the Synod needs one at least`);
  if (learning === 'all') return;
  const learners = topology.playing('learner');
  for (const node of learning.distinguished)
    if (!learners.includes(node))
      throw new ConfigurationError(
        'BAD_OPTION',
        `synod: learning.distinguished names ${JSON.stringify(node)}, which plays no learner; the learners are ${learners.join(', ')}`,
      );
};
