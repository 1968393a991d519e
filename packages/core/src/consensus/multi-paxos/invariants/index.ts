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
import { type MultiPaxosSettings, withDefaults } from '../options.js';
import { placementOf } from '../placement.js';
import { boundedLog } from './bounded-log.js';
import { gcSound } from './gc-sound.js';
import { testimony } from './testimony.js';
import { validity } from './validity.js';
import { windowRespected } from './window-respected.js';

export { type CoverageOptions, multiPaxosCoverage } from './coverage.js';

export interface MultiPaxosInvariantsOptions {
  readonly topology: Pick<Topology, 'playing'>;
  /** As `multiPaxos` was given. */
  readonly settings?: MultiPaxosSettings;
  /** As the group was given; `majority` unless said. */
  readonly quorums?: Quorums;
}

/** What must hold of every history of one group (docs/protocols.md §11). Throws `ConfigurationError` (`BAD_OPTION`, `BAD_QUORUMS`). */
export const multiPaxosInvariants = ({ topology, settings = {}, quorums }: MultiPaxosInvariantsOptions): readonly Invariant[] => {
  const placement = placementOf(topology, quorums);
  const options = withDefaults(settings);
  const { quorum } = placement;
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
    validity,
    gcSound(placement),
    windowRespected(options.window.slots),
    boundedLog(options),
  ];
};
