import type { AdmissionMessage, Ballot, Checkpointed, Enrolled, EnrolTimer, Step } from '@synod/core/consensus';
import type {
  Ask,
  AskTimer,
  BackOffTimer,
  Chosen,
  ClientMessage,
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
} from '@synod/core/synod';

/**
 * What the roles of single-decree Fast Paxos say to each other; `docs/protocols.md` §6. What is not said here is said as in the Synod: a
 * coordinator is its proposer, as far as ballots go. Messages marked local never leave a node.
 */

// ── to the acceptor ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Phase 2a of a classic step. */
export interface Accept {
  readonly kind: 'accept';
  readonly ballot: Ballot;
  readonly value: Uint8Array;
}

/** Phase 2a of a fast step, the first of `ballot`: vote for whatever a proposer proposes. (Lamport, Fast Paxos §2.2, "any") */
export interface Any {
  readonly kind: 'any';
  readonly ballot: Ballot;
}

/** From a proposer: vote for this, if a fast step is open. */
export interface Proposal {
  readonly kind: 'proposal';
  readonly value: Uint8Array;
}

/** Local: more votes of a step that collided need not be waited for. */
export interface GatherTimer {
  readonly kind: 'gatherTimer';
}

// ── to the coordinator ───────────────────────────────────────────────────────────────────────────────────────────────

/** Phase 1b. The last vote, if `voted` is one. */
export interface Promise1b {
  readonly kind: 'promise';
  readonly ballot: Ballot;
  /** Of the Prepare. */
  readonly nonce: number;
  readonly voted: Step;
  /** Empty without a vote. */
  readonly value: Uint8Array;
}

/**
 * Phase 2b, to learners, to the coordinator whose ballot it is, and, where acceptors recover from collisions themselves, to acceptors; or
 * what an acceptor that was asked voted for last.
 */
export interface Accepted {
  readonly kind: 'accepted';
  readonly ballot: Step;
  readonly value: Uint8Array;
}

/** Local: what was voted for at a fast step is still not chosen. */
export interface RecoverTimer {
  readonly kind: 'recoverTimer';
}

// ── to the learner ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Local, from the proposer: somebody wants to know. */
export interface Seek {
  readonly kind: 'seek';
  /** Somebody new: ask at once. */
  readonly soon: boolean;
}

export type AcceptorMessage = Prepare | Accept | Any | Proposal | Accepted | Ask | Probe | GatherTimer | Checkpointed | AdmissionMessage;
export type CoordinatorMessage =
  | Promise1b
  | Accepted
  | Nack
  | Probed
  | Request
  | Enrolled
  | EnrolTimer
  | RetryTimer
  | RecoverTimer
  | BackOffTimer
  | ProbeTimer
  | Checkpointed;
export type LearnerMessage = Accepted | Chosen | Seek | AskTimer;
/** `ClientMessage`s are those of the learner to the proposer, too. */
export type ProposerMessage = Propose | Learn | Watch | LeaderIs | LookTimer | Extract<ClientMessage, { kind: 'decided' }>;

export type FastSynodMessage = AcceptorMessage | CoordinatorMessage | LearnerMessage | ProposerMessage | ClientMessage;
