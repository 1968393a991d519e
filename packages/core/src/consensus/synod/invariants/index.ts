import type { Invariant } from '../../../wiring/observer.js';
import type { Topology } from '../../../wiring/topology.js';
import { agreement } from '../../invariants/agreement.js';
import { ballotUnique } from '../../invariants/ballot-unique.js';
import { durableReply } from '../../invariants/durable-reply.js';
import { learnSound } from '../../invariants/learn-sound.js';
import { oneValuePerBallot } from '../../invariants/one-value-per-ballot.js';
import { oneVote } from '../../invariants/one-vote.js';
import { promiseMonotone } from '../../invariants/promise-monotone.js';
import { quorumValid } from '../../invariants/quorum-valid.js';
import { safeAt } from '../../invariants/safe-at.js';
import { voteGuard } from '../../invariants/vote-guard.js';
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
  return [
    quorumValid(quorum),
    ballotUnique,
    promiseMonotone(testimony),
    voteGuard(testimony),
    oneVote(quorum, testimony),
    oneValuePerBallot(quorum),
    safeAt(quorum, testimony),
    agreement(quorum, testimony),
    learnSound(quorum, testimony),
    durableReply(quorum, testimony),
    oneDecision,
    validity,
  ];
};
