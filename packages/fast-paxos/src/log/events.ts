import type { TraceEvent } from '@synod/core';
import type { Ballot, Entry, Step } from '@synod/core/consensus';

/** What coordinators and acceptors trace besides what those of Multi-Paxos do. */
export type FastEvent = OpenEvent | FastChooseEvent | CollidedEvent | LostEvent | FallBackEvent | RecoverEvent;

// ── of a coordinator ─────────────────────────────────────────────────────────────────────────────────────────────────

/** It opens its ballot to proposers, in all slots from `from` on. (Fast Paxos §2.2, "any") */
export interface OpenEvent extends TraceEvent {
  readonly event: 'open';
  readonly ballot: Ballot;
  readonly from: number;
}

/** It has heard the votes of a fast quorum for the entry. */
export interface FastChooseEvent extends TraceEvent {
  readonly event: 'fastChoose';
  readonly ballot: Ballot;
  readonly slot: number;
  readonly entry: Entry;
}

/** No fast quorum can come to be in the slot, or none came in time: the entry is proposed at the classic step. `forced`: nothing else might be. */
export interface CollidedEvent extends TraceEvent {
  readonly event: 'collided';
  readonly ballot: Ballot;
  readonly slot: number;
  readonly entry: Entry;
  readonly forced: boolean;
}

/** Something else has the slot that it was proposed in: it is proposed again. */
export interface LostEvent extends TraceEvent {
  readonly event: 'lost';
  readonly entry: Entry;
}

/** It gives up its ballot, and goes on with one that is not open. (Fast Paxos §3.3) */
export interface FallBackEvent extends TraceEvent {
  readonly event: 'fallBack';
  readonly ballot: Ballot;
  readonly reason: string;
}

// ── of an acceptor ───────────────────────────────────────────────────────────────────────────────────────────────────

/** It goes on to the step `at` by itself, since the votes at the one before collided. (Fast Paxos §3.2, uncoordinated recovery) */
export interface RecoverEvent extends TraceEvent {
  readonly event: 'recover';
  readonly at: Step;
  readonly slot: number;
}
