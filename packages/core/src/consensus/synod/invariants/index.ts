import type { Invariant } from '../../../wiring/observer.js';
import type { Topology } from '../../../wiring/topology.js';
import { ballotInvariants } from '../../invariants/ballots.js';
import type { Quorums } from '../../quorum.js';
import { quorumsOf } from '../../quorums/part.js';
import { oneDecision } from './one-decision.js';
import { testimony } from './testimony.js';
import { validity } from './validity.js';

export { synodCoverage } from './coverage.js';

export interface SynodInvariantsOptions {
  readonly topology: Pick<Topology, 'playing'>;
  /** As the group was given; `majority` unless said. */
  readonly quorums?: Quorums;
}

/**
 * What must hold of every history of one group (docs/protocols.md §11), whose operations tell what they propose as `arg`. Throws
 * `ConfigurationError` (`BAD_QUORUMS`).
 */
export const synodInvariants = ({ topology, quorums }: SynodInvariantsOptions): readonly Invariant[] => {
  const quorum = quorumsOf(topology.playing('acceptor'), quorums);
  return [...ballotInvariants(quorum, testimony), oneDecision, validity];
};
