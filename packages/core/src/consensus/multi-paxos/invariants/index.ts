import type { Invariant } from '../../../wiring/observer.js';
import type { Topology } from '../../../wiring/topology.js';
import { ballotInvariants } from '../../invariants/ballots.js';
import type { Testimony } from '../../invariants/testimony.js';
import type { Quorums } from '../../quorum.js';
import { type MultiPaxosOptions, type MultiPaxosSettings, withDefaults } from '../options.js';
import { type Placement, placementOf } from '../placement.js';
import { boundedLog } from './bounded-log.js';
import { gcSound } from './gc-sound.js';
import { testimony } from './testimony.js';
import { validity } from './validity.js';
import { windowRespected } from './window-respected.js';

export { type CoverageOptions, multiPaxosCoverage } from './coverage.js';
export { testimony as multiPaxosTestimony } from './testimony.js';

export interface MultiPaxosInvariantsOptions {
  readonly topology: Pick<Topology, 'playing'>;
  /** As `multiPaxos` was given. */
  readonly settings?: MultiPaxosSettings;
  /** As the group was given; `majority` unless said. */
  readonly quorums?: Quorums;
}

/** What must hold of every history of one group (docs/protocols.md §11). Throws `ConfigurationError` (`BAD_OPTION`, `BAD_QUORUMS`). */
export const multiPaxosInvariants = ({ topology, settings = {}, quorums }: MultiPaxosInvariantsOptions): readonly Invariant[] =>
  logInvariants(placementOf(topology, quorums), withDefaults(settings), testimony);

/** The same of any protocol that replicates a log, whose acceptors speak and remember as `testimony` says. */
export const logInvariants = (placement: Placement, options: MultiPaxosOptions, testimony: Testimony): readonly Invariant[] => [
  ...ballotInvariants(placement.quorum, testimony),
  validity,
  gcSound(placement),
  windowRespected(options.window.slots),
  boundedLog(options),
];
