import type { Ballot } from '../ballot.js';
import type { AdmissionMessage, Enrolled, EnrolTimer } from '../enrolment/messages.js';
import type { Checkpointed } from '../small-state.js';
import type { Call } from './calls.js';

/**
 * What the roles of the single-decree Synod say to each other; `docs/protocols.md` §2. Messages marked local never leave a node. A
 * value is opaque bytes.
 */

// ── to the acceptor ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Phase 1a: promise `ballot`, and say what you voted for. `nonce` is drawn for each phase 1: a proposer whose data is an old copy may
 * take a round again, and must not take for an answer what was told to its former life.
 */
export interface Prepare {
  readonly kind: 'prepare';
  readonly ballot: Ballot;
  readonly nonce: number;
}

/** Phase 2a. */
export interface Accept {
  readonly kind: 'accept';
  readonly ballot: Ballot;
  readonly value: Uint8Array;
}

/** From a learner that has missed it: what did you vote for last? */
export interface Ask {
  readonly kind: 'ask';
}

/** From a proposer before the first ballot of its life: what have you promised? Changes nothing. */
export interface Probe {
  readonly kind: 'probe';
  readonly nonce: number;
}

// ── to the proposer ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Phase 1b. The vote of the highest ballot, if `voted` is one. */
export interface Promise1b {
  readonly kind: 'promise';
  readonly ballot: Ballot;
  /** Of the Prepare. */
  readonly nonce: number;
  readonly voted: Ballot;
  /** Empty without a vote. */
  readonly value: Uint8Array;
}

/** Phase 2b, to the proposer and to learners; or what an acceptor that was asked voted for last. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly ballot: Ballot;
  readonly value: Uint8Array;
}

/** `ballot` was refused; `promised` stands. */
export interface Nack {
  readonly kind: 'nack';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

export interface Probed {
  readonly kind: 'probed';
  readonly nonce: number;
  readonly promised: Ballot;
}

/**
 * Have a value decided, and tell the learner of node `origin`: `value` if you are free to and it `proposes`; else only what somebody
 * voted for already.
 */
export interface Request {
  readonly kind: 'request';
  readonly origin: string;
  readonly proposes: boolean;
  readonly value: Uint8Array;
}

/** Local timers. */
export interface RetryTimer {
  readonly kind: 'retryTimer';
}
export interface BackOffTimer {
  readonly kind: 'backOffTimer';
}
export interface ProbeTimer {
  readonly kind: 'probeTimer';
}

// ── to the learner ───────────────────────────────────────────────────────────────────────────────────────────────────

/** This is decided: from a proposer that heard the votes, or a distinguished learner. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly value: Uint8Array;
}

/** From a proposer that was preempted: ask that node's, which has the higher ballot. */
export interface LeaderIs {
  readonly kind: 'leaderIs';
  readonly node: string;
}

/** Local, from the client: have a value decided. */
export interface Propose {
  readonly kind: 'propose';
  readonly call: Call;
}

/** Local, from the client: find out what is decided. */
export interface Learn {
  readonly kind: 'learn';
  readonly call: Call;
}

/** Local, from the client: somebody wants to hear of the decision whenever it comes. */
export interface Watch {
  readonly kind: 'watch';
}

export interface AskTimer {
  readonly kind: 'askTimer';
}
export interface LookTimer {
  readonly kind: 'lookTimer';
}

// ── to the client of the same node ───────────────────────────────────────────────────────────────────────────────────

/** Local: this is decided. */
export interface Decided {
  readonly kind: 'decided';
  readonly value: Uint8Array;
}

/** Local: these are out of time, and nothing is known to be decided. */
export interface Expired {
  readonly kind: 'expired';
  readonly calls: readonly Call[];
}

export type AcceptorMessage = Prepare | Accept | Ask | Probe | Checkpointed | AdmissionMessage;
export type ProposerMessage =
  | Promise1b
  | Accepted
  | Nack
  | Probed
  | Request
  | Enrolled
  | EnrolTimer
  | RetryTimer
  | BackOffTimer
  | ProbeTimer
  | Checkpointed;
export type LearnerMessage = Accepted | Chosen | LeaderIs | Propose | Learn | Watch | AskTimer | LookTimer;
export type ClientMessage = Decided | Expired;

export type SynodMessage = AcceptorMessage | ProposerMessage | LearnerMessage | ClientMessage;
