import type { Quorums, Topology } from '@synod/core';
import { ballotInvariants, type Invariant, oneDecision, validity } from '@synod/core/simulation';
import { fastQuorumValid } from '../../invariants/fast-quorum-valid.js';
import { fastQuorumsOf } from '../../quorums.js';
import { fastPick } from './fast-pick.js';
import { testimony } from './testimony.js';

export { fastSynodCoverage } from './coverage.js';

export interface FastSynodInvariantsOptions {
  readonly topology: Pick<Topology, 'playing'>;
  /** As the group was given; `fastMajority` unless said. */
  readonly quorums?: Quorums;
  /** How often acceptors may recover from collisions by themselves, as the group was given; 0 unless said. */
  readonly uncoordinated?: number;
}

/**
 * What must hold of every history of one group (docs/protocols.md §11), whose operations tell what they propose as `arg`. Throws
 * `ConfigurationError` (`BAD_QUORUMS`).
 */
export const fastSynodInvariants = ({ topology, quorums, uncoordinated = 0 }: FastSynodInvariantsOptions): readonly Invariant[] => {
  const quorum = fastQuorumsOf(topology.playing('acceptor'), quorums);
  return [...ballotInvariants(quorum, testimony), fastQuorumValid(quorum), fastPick(quorum, -1 - uncoordinated), oneDecision, validity];
};
