import type { TraceEvent } from '../actor/effect.js';
import type { Entry } from '../replication/entry.js';
import type { Ballot, Step } from './ballot.js';

/**
 * What roles trace, for people and for checkers: the steps that the proofs of Paxos speak of, each at the moment at which the role
 * takes it, which is before what it persists is durable. Any protocol of ballots and slots tells its steps in these words; what is
 * its own it adds as further events. Built only where `context.tracing` holds.
 */
export type ConsensusEvent =
  | StandEvent
  | PreemptedEvent
  | LeadEvent
  | ProposeEvent
  | ChooseEvent
  | PromiseEvent
  | VoteEvent
  | TruncateEvent
  | ApplyEvent
  | SnapshotEvent
  | SnapshottedEvent
  | InstallEvent
  | RequestEvent
  | EvictedEvent
  | IgnoreEvent;

// ── of a leader ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** It begins phase 1 of a ballot of its own, for all slots from `from` on. (Paxos Made Moderately Complex §2.2, "scout") */
export interface StandEvent extends TraceEvent {
  readonly event: 'stand';
  readonly ballot: Ballot;
  readonly from: number;
}

/** Its phase 1 of `ballot` came to nothing: an acceptor has promised `by`. (Paxos Made Moderately Complex §2.2, "preempted") */
export interface PreemptedEvent extends TraceEvent {
  readonly event: 'preempted';
  readonly ballot: Ballot;
  readonly by: Ballot;
}

/**
 * A phase-1 quorum has promised `ballot`. Slots from `from` to below `end` are proposed again: `adopted` of them with what somebody
 * had voted for, the `gaps` between with no-ops. (Paxos Made Moderately Complex §2.2, "adopted"; Paxos Made Simple §3)
 */
export interface LeadEvent extends TraceEvent {
  readonly event: 'lead';
  readonly ballot: Ballot;
  readonly from: number;
  readonly end: number;
  readonly adopted: number;
  readonly gaps: number;
}

/** Phase 2a for consecutive slots, the first time or again; all below `commit` is chosen, as it knows. (Paxos Made Simple §2.2) */
export interface ProposeEvent extends TraceEvent {
  readonly event: 'propose';
  readonly ballot: Step;
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/** It has heard the votes of a phase-2 quorum at `ballot` for each of these. (Paxos Made Moderately Complex §2.2, "decision") */
export interface ChooseEvent extends TraceEvent {
  readonly event: 'choose';
  readonly ballot: Step;
  readonly first: number;
  readonly entries: readonly Entry[];
}

// ── of an acceptor ───────────────────────────────────────────────────────────────────────────────────────────────────

/** It will vote for no lower ballot. (Paxos Made Simple §2.2, phase 1b) */
export interface PromiseEvent extends TraceEvent {
  readonly event: 'promise';
  readonly ballot: Ballot;
}

/** It votes at `ballot` for consecutive slots, which is a promise too. (Paxos Made Simple §2.2, phase 2b) */
export interface VoteEvent extends TraceEvent {
  readonly event: 'vote';
  readonly ballot: Step;
  readonly first: number;
  readonly entries: readonly Entry[];
}

/** It has forgotten what it voted for below `below`. (Paxos Made Moderately Complex §4.2) */
export interface TruncateEvent extends TraceEvent {
  readonly event: 'truncate';
  readonly below: number;
}

// ── of a learner ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * It executes a slot. `repeated`: the batch had been executed in an earlier slot, and changes nothing here. (Paxos Made Moderately
 * Complex §2.1, "perform")
 */
export interface ApplyEvent extends TraceEvent {
  readonly event: 'apply';
  readonly slot: number;
  readonly entry: Entry;
  readonly repeated: boolean;
}

/** It begins to write a snapshot of everything below `next`. (Ongaro, Consensus: Bridging Theory and Practice, §5.1) */
export interface SnapshotEvent extends TraceEvent {
  readonly event: 'snapshot';
  readonly next: number;
}

/** The snapshot of everything below `next` is durable: it was written, or found when this life began. */
export interface SnapshottedEvent extends TraceEvent {
  readonly event: 'snapshotted';
  readonly next: number;
}

/** It takes over another learner's snapshot of everything below `next`. (Ongaro, §5.3) */
export interface InstallEvent extends TraceEvent {
  readonly event: 'install';
  readonly next: number;
}

// ── of a proposer ────────────────────────────────────────────────────────────────────────────────────────────────────

/** It makes a batch of what its clients want, to be sent until its outcome is known; `seq` 0 opens a session. (Ongaro, §6.3) */
export interface RequestEvent extends TraceEvent {
  readonly event: 'request';
  readonly session: number;
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** It hears that its session is known no more. (Ongaro, §6.3) */
export interface EvictedEvent extends TraceEvent {
  readonly event: 'evicted';
  readonly session: number;
}

// ── of any ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** It does nothing about a message of this kind. */
export interface IgnoreEvent extends TraceEvent {
  readonly event: 'ignore';
  readonly message: string;
  readonly reason: string;
}
