/**
 * `@synod/core/consensus`: what protocols are built of, for authors of others. `docs/write-a-protocol.md` shows how.
 */

export * from '../replication/entry.js';
export { Replica } from '../replication/replica.js';
export { sameBytes } from '../transport/bytes.js';
export * from './back-off.js';
export * from './ballot.js';
export * from './election/contact.js';
export * from './election/election-timeout.js';
export { Admission, type AdmittedAmong, NOT_ADMITTED } from './enrolment/admission.js';
export {
  type AdmissionState,
  noAdmission,
  readAdmission,
  replayAdmission,
  sizeOfAdmission,
  writeAdmission,
} from './enrolment/admission-log.js';
export { Enrolment } from './enrolment/enrolment.js';
export * from './enrolment/messages.js';
export * from './log-clock.js';
export { Acceptor } from './multi-paxos/acceptor.js';
export type { ClientSession, Route } from './multi-paxos/client-session.js';
export { Leader, type LeaderWays } from './multi-paxos/leader.js';
export { Learner } from './multi-paxos/learner.js';
export { type LogProtocol, type RoleOf, replicatedLog } from './multi-paxos/log-protocol.js';
export type * from './multi-paxos/messages.js';
export type { MultiPaxosOptions, MultiPaxosSettings } from './multi-paxos/options.js';
export { withDefaults as logOptions } from './multi-paxos/options.js';
export { type Phase2, Proposals, type Reigning } from './multi-paxos/phase-2.js';
export { HighestVotes, type Picks } from './multi-paxos/picks.js';
export { type Placement, placed } from './multi-paxos/placement.js';
export { Proposer } from './multi-paxos/proposer.js';
export { Voting } from './multi-paxos/voting.js';
export { acceptorWire, leaderWire, learnerWire, proposerWire } from './multi-paxos/wire.js';
export { meetsEveryPhase1, type QuorumSystem, type Quorums } from './quorum.js';
export { atLeast } from './quorums/counts.js';
export { QUORUMS, quorumsOf } from './quorums/part.js';
export * from './quorums/refuse.js';
export * from './round-log.js';
export * from './settings.js';
export {
  type AcceptorState,
  acceptorCheckpoint,
  promiseRecord,
  recoverAcceptor,
  voteRecord,
} from './synod/acceptor-log.js';
export { ProposerBelief } from './synod/belief.js';
export { Call } from './synod/calls.js';
export { decreeClient } from './synod/client.js';
export { FirstBallot } from './synod/first-ballot.js';
export type {
  Ask,
  AskTimer,
  BackOffTimer,
  Chosen,
  ClientMessage,
  Decided,
  Expired,
  LeaderIs,
  Learn,
  LookTimer,
  Nack,
  Prepare,
  Probe,
  Probed,
  ProbeTimer,
  Propose,
  Request,
  RetryTimer,
  Watch,
} from './synod/messages.js';
export { checkedCodec, fitted, TIMES, withDefaults } from './synod/options.js';
export { tellValue } from './synod/phrases.js';
export { entryOf, SLOT } from './synod/value-entry.js';
export type * from './trace-events.js';
