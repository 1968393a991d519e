import type { Ballot } from '../ballot.js';
import type { AdmissionMessage } from '../enrolment/messages.js';
import type { Checkpointed } from '../small-state.js';
import type { Call } from './calls.js';
import type { Operation } from './operation.js';

/**
 * What the roles of the register say to each other; `docs/protocols.md` §3. `key` says which register, `nonce` which phase of which
 * life of a proposer, and `age` how often that proposer was made to forget. Messages marked local never leave a node.
 */

// ── to the acceptor ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Phase 1a: promise `ballot`, and say what you voted for. */
export interface Prepare {
  readonly kind: 'prepare';
  readonly key: string;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly age: number;
}

/** Phase 2a. Who votes promises `next` as well, if there is one: the next change of this proposer then needs no phase 1. */
export interface Accept {
  readonly kind: 'accept';
  readonly key: string;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly age: number;
  readonly next: Ballot;
  readonly state: Uint8Array;
}

/** From a proposer that starts: which rounds of whomever have you promised, and which age do you want of me? */
export interface Survey {
  readonly kind: 'survey';
  readonly nonce: number;
}

/** Deletion, steps (d) and (e): take nothing older from these proposers, and forget the key if it still is the tombstone of `ballot`. */
export interface Erase {
  readonly kind: 'erase';
  readonly key: string;
  readonly ballot: Ballot;
  readonly ages: readonly ProposerAge[];
}

export interface ProposerAge {
  readonly node: string;
  readonly age: number;
}

// ── to the proposer ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Phase 1b: nothing below `ballot` will be voted for; `state` was, at `accepted`. */
export interface Promised {
  readonly kind: 'promise';
  readonly key: string;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly accepted: Ballot;
  readonly state: Uint8Array;
}

/** Phase 2b. `next` is that of the Accept if it is promised, and nothing above it. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly key: string;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly next: Ballot;
}

/** `ballot` was refused; `promised` stands. */
export interface Nack {
  readonly kind: 'nack';
  readonly key: string;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly promised: Ballot;
}

/** What was sent is older than `age`, which this acceptor wants of the proposer. */
export interface Outdated {
  readonly kind: 'outdated';
  readonly age: number;
}

/** `round` is the highest that was ever promised here, of any key. */
export interface Surveyed {
  readonly kind: 'surveyed';
  readonly nonce: number;
  readonly round: number;
  readonly age: number;
}

/** Deletion, step (c): forget what you know of the key, whose tombstone has `ballot`, and grow older. */
export interface Forget {
  readonly kind: 'forget';
  readonly key: string;
  readonly ballot: Ballot;
}

export interface Forgotten {
  readonly kind: 'forgotten';
  readonly key: string;
  readonly ballot: Ballot;
  readonly age: number;
}

/** `gone`: nothing of the key is left here. */
export interface Erased {
  readonly kind: 'erased';
  readonly key: string;
  readonly ballot: Ballot;
  readonly gone: boolean;
}

/**
 * From a caller on a node without a proposer: run what is registered under these names. `id` counts the requests of `caller`, all
 * below `floor` are settled; `life` is the proposer's that it is for, 0 if that is not known.
 */
export interface Request {
  readonly kind: 'request';
  readonly caller: number;
  readonly id: number;
  readonly floor: number;
  readonly life: number;
  /** ms from now. */
  readonly patience: number;
  readonly key: string;
  readonly change: string;
  readonly query: string;
  readonly argument: Uint8Array;
}

/** Local, from the caller: run these. */
export interface Operate {
  readonly kind: 'operate';
  readonly calls: readonly Call[];
}

/** Local timers. */
export interface LookTimer {
  readonly kind: 'lookTimer';
}
export interface AgainTimer {
  readonly kind: 'againTimer';
  readonly key: string;
}
export interface DeletionTimer {
  readonly kind: 'deletionTimer';
}

// ── to the caller ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Local, from the client: the calls of one turn. */
export interface Submit {
  readonly kind: 'submit';
  readonly calls: readonly Call[];
}

/** What became of a request; 'other life' if it is for a life of the proposer that is not this one. */
export interface Reply {
  readonly kind: 'reply';
  readonly caller: number;
  readonly id: number;
  readonly life: number;
  readonly status: 'done' | 'rejected' | 'refused' | 'unknown' | 'other life';
  readonly result: Uint8Array;
}

// ── to the client of the same node ───────────────────────────────────────────────────────────────────────────────────

export type Settlement =
  | { readonly status: 'done'; readonly value: unknown }
  | { readonly status: 'rejected' | 'refused' | 'overloaded'; readonly reason: string }
  /** `operation`: what goes on if the caller asks again. */
  | { readonly status: 'unknown'; readonly reason: string; readonly operation?: Operation };

/** Local: what became of a call. */
export interface Settled {
  readonly kind: 'settled';
  readonly call: Call;
  readonly settlement: Settlement;
}

export type AcceptorMessage = Prepare | Accept | Survey | Erase | Checkpointed | AdmissionMessage;
export type ProposerMessage =
  | Promised
  | Accepted
  | Nack
  | Outdated
  | Surveyed
  | Forget
  | Forgotten
  | Erased
  | Request
  | Operate
  | Checkpointed
  | LookTimer
  | AgainTimer
  | DeletionTimer;
export type CallerMessage = Submit | Reply | LookTimer;
export type RegisterMessage = AcceptorMessage | ProposerMessage | CallerMessage | Settled;
