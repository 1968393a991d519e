/**
 * `@synod/core/consensus`: what protocols are built of, for authors of others; the parts of a whole one are at `@synod/core/multi-paxos` and
 * `@synod/core/synod`. `docs/write-a-protocol.md` shows how.
 */

export * from '../replication/entry.js';
export { sameBytes } from '../transport/bytes.js';
export * from './back-off.js';
export * from './ballot.js';
export * from './election/contact.js';
export * from './election/election-timeout.js';
export { Admission, type AdmittedAmong, type Admitting, admitted, NOT_ADMITTED } from './enrolment/admission.js';
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
export { meetsEveryPhase1, type QuorumSystem, type Quorums } from './quorum.js';
export { atLeast } from './quorums/counts.js';
export { QUORUMS, quorumsOf } from './quorums/part.js';
export * from './quorums/refuse.js';
export * from './round-log.js';
export * from './settings.js';
export * from './small-state.js';
export type * from './trace-events.js';
