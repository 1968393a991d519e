import type { Outcome } from '../../replication/batch.js';
import type { Entry } from '../../replication/entry.js';
import type { Ballot, Step } from '../ballot.js';
import type { AdmissionMessage, Enrolled, EnrolTimer } from '../enrolment/messages.js';
import type { Checkpointed } from '../small-state.js';
import type { CommandCall, QueryCall } from './calls.js';

/**
 * What the roles of Multi-Paxos say to each other; `docs/protocols.md` §4.2. A slot interval is `first` and a length, and holds
 * no gap. Messages marked local never leave a node.
 */

// ── to the acceptor ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Phase 1a: promise `ballot`, and say what you voted for from slot `from` on. `nonce` is drawn for each phase 1: a leader whose data
 * is an old copy may take a round again, and must not take for an answer what was told to its former life.
 */
export interface Prepare {
  readonly kind: 'prepare';
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly from: number;
}

/** Phase 2a for consecutive slots. All below `commit` is chosen; all below `truncate` may be forgotten. */
export interface Accept {
  readonly kind: 'accept';
  readonly ballot: Ballot;
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  readonly truncate: number;
}

/** The round of a heartbeat that only carries the commit index. */
export const NO_ANSWER = 0;

/** The leader of `ballot` lives. `round` counts its heartbeats: an answer to it confirms that the ballot still stood after it was sent. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly ballot: Ballot;
  readonly round: number;
  readonly commit: number;
  readonly truncate: number;
}

/** Pre-vote: would a candidate find support, or have you heard of a leader within `silence` ms? Changes nothing. */
export interface Probe {
  readonly kind: 'probe';
  readonly nonce: number;
  readonly silence: number;
}

/** Local, from the learner: it has learned everything below `next` by itself. */
export interface Resume {
  readonly kind: 'resume';
  readonly next: number;
}

/** Local: go on handing decided entries to the learner. */
export interface HandTimer {
  readonly kind: 'handTimer';
}

// ── to the leader ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Vote {
  readonly slot: number;
  readonly ballot: Step;
  readonly entry: Entry;
}

/**
 * Phase 1b, in `chunks` pieces, which belong together if `life` and `truncated` are the same: every vote at or above `from` of the Prepare, those of slots that are known to be chosen included.
 * All below `truncated` is chosen and forgotten here: "no vote" there means nothing. All below `chosen` is chosen.
 */
export interface Promise1b {
  readonly kind: 'promise';
  readonly ballot: Ballot;
  /** Of the Prepare. */
  readonly nonce: number;
  /** Drawn at the acceptor's start: pieces of two lives make no whole. */
  readonly life: number;
  readonly chunk: number;
  readonly chunks: number;
  readonly chosen: number;
  readonly truncated: number;
  readonly votes: readonly Vote[];
}

/** Phase 2b for consecutive slots. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly ballot: Ballot;
  readonly first: number;
  readonly count: number;
}

/** `ballot` was refused; `promised` stands. */
export interface Nack {
  readonly kind: 'nack';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** All slots below `below` are chosen and forgotten here; do not propose there. */
export interface Truncated {
  readonly kind: 'truncated';
  readonly ballot: Ballot;
  readonly below: number;
}

/** The heartbeat `round` of `ballot` was heard, and nothing higher is promised; all that was voted for at it is below `end`. */
export interface Heard {
  readonly kind: 'heard';
  readonly ballot: Ballot;
  readonly round: number;
  readonly end: number;
}

export interface Probed {
  readonly kind: 'probed';
  readonly nonce: number;
  /** No leader was heard of for the time asked. */
  readonly silent: boolean;
  readonly promised: Ballot;
}

/** A client's batch, or the opening of its session (`session` 0). `hops`: how often it was forwarded. */
export interface Request {
  readonly kind: 'request';
  readonly origin: string;
  readonly session: number;
  readonly seq: number;
  readonly floor: number;
  readonly hops: number;
  /** The node whose learner answers if the leader's node has none. */
  readonly learner: string;
  readonly payload: Uint8Array;
}

/**
 * Read index for the queries of one turn. With `queries` they are answered by a learner of the leader's choice; without, the
 * asker is told the index and reads by itself.
 */
export interface Read {
  readonly kind: 'read';
  readonly origin: string;
  readonly id: number;
  readonly hops: number;
  readonly queries: readonly Uint8Array[];
}

/** How far a learner has come: it has executed everything below `applied`, and holds everything below `snapshot` in a durable one. */
export interface Progress {
  readonly kind: 'progress';
  readonly applied: number;
  readonly snapshot: number;
}

/** The leader of `ballot` lives; to the leaders that do not lead. */
export interface Leading {
  readonly kind: 'leading';
  readonly ballot: Ballot;
  readonly commit: number;
}

/**
 * Local, from the learner: all below `next` is executed, at log time `time`; `behind` more slots are known to be chosen; and when
 * the state machine wants a tick.
 */
export interface LearnerState {
  readonly kind: 'learnerState';
  readonly next: number;
  readonly behind: number;
  readonly time: number;
  readonly deadline: number | undefined;
}

/** Local: what was gathered in this turn becomes proposals, and reads one confirmation round. */
export interface Flush {
  readonly kind: 'flush';
}

/** Local timers. */
export interface ElectionTimer {
  readonly kind: 'electionTimer';
}
export interface HeartbeatTimer {
  readonly kind: 'heartbeatTimer';
}
export interface CommitTimer {
  readonly kind: 'commitTimer';
}
export interface TickTimer {
  readonly kind: 'tickTimer';
}
export interface ScoutTimer {
  readonly kind: 'scoutTimer';
}

// ── to the learner ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Decided entries from the leader. `answer`: execute and tell the proposers; else only if a request names this learner. */
export interface Decided {
  readonly kind: 'decided';
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly answer: boolean;
}

/** Local, from the acceptor: decided entries it voted for. All below `commit` is chosen, held here or not. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/** Local, from the leader: say where you stand. */
export interface Locate {
  readonly kind: 'locate';
}

/** To a learner or an acceptor: send what was decided from `next` on. */
export interface CatchUp {
  readonly kind: 'catchUp';
  readonly next: number;
}

/** Decided entries from `first` on; all below `commit` is chosen. */
export interface CaughtUp {
  readonly kind: 'caughtUp';
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/** What was asked for is no longer kept entry by entry: there is a snapshot of everything below `next`. */
export interface SnapshotOffer {
  readonly kind: 'snapshotOffer';
  readonly next: number;
}

/** Send fragment `fragment`, from 0, of the snapshot cut for `transfer`, which the receiver has drawn. */
export interface SnapshotRequest {
  readonly kind: 'snapshotRequest';
  readonly transfer: number;
  readonly fragment: number;
}

/** A fragment of the snapshot of everything below `next`. Its pieces keep their bounds: `ends` closes one, `last` the snapshot. */
export interface SnapshotFragment {
  readonly kind: 'snapshotFragment';
  readonly transfer: number;
  /** Drawn by the donor for each view that it cuts: a request for the first fragment that comes late may make it cut another. */
  readonly cut: number;
  readonly next: number;
  readonly fragment: number;
  readonly ends: boolean;
  readonly last: boolean;
  readonly bytes: Uint8Array;
}

/** Answer these queries once everything below `index` is executed. */
export interface Query {
  readonly kind: 'query';
  readonly origin: string;
  readonly id: number;
  readonly index: number;
  readonly queries: readonly Uint8Array[];
}

export interface CatchUpTimer {
  readonly kind: 'catchUpTimer';
}
export interface ReportTimer {
  readonly kind: 'reportTimer';
}

// ── to the proposer ──────────────────────────────────────────────────────────────────────────────────────────────────

/** What became of a batch, or of the opening of a session (`seq` 0; `nonce` says whose). */
export interface Reply {
  readonly kind: 'reply';
  readonly session: number;
  readonly seq: number;
  readonly status: 'opened' | 'executed' | 'stale' | 'no session' | 'too many outstanding';
  /** The slot after the one that answered. */
  readonly index: number;
  readonly nonce: Uint8Array;
  readonly results: Uint8Array;
}

/** Who leads, as far as the sender knows; '' for nobody. */
export interface LeaderIs {
  readonly kind: 'leaderIs';
  readonly node: string;
}

/** Reads under `id` may be served from everything below `index`. */
export interface ReadIndex {
  readonly kind: 'readIndex';
  readonly id: number;
  readonly index: number;
}

export interface Answers {
  readonly kind: 'answers';
  readonly id: number;
  /** All below it was executed when the queries were. */
  readonly index: number;
  /** Which of the queries the outcomes begin with: many large answers come in several messages. */
  readonly first: number;
  readonly outcomes: Uint8Array;
}

/** The leader's queue or log is full: try the batch again later. It was not proposed on this request. */
export interface Busy {
  readonly kind: 'busy';
  readonly session: number;
  readonly seq: number;
}

/** Local, from the client: execute these commands, the callers of one turn. */
export interface Submit {
  readonly kind: 'submit';
  readonly calls: readonly CommandCall[];
}

/** Local, from the client: `call` asks again for what `unknown` was told to be unknown. */
export interface Retry {
  readonly kind: 'retry';
  readonly call: CommandCall;
  readonly unknown: CommandCall;
}

/** Local, from the client: answer these queries, the callers of one turn. */
export interface Ask {
  readonly kind: 'ask';
  readonly calls: readonly QueryCall[];
}

export interface RetryTimer {
  readonly kind: 'retryTimer';
}

// ── to the client of the same node ───────────────────────────────────────────────────────────────────────────────────

/** What became of calls: the results of a batch as a replica told them, or the answers to queries, in order; or the same trouble for all. */
export type Settlement =
  | { readonly results: Uint8Array }
  | { readonly outcomes: readonly Outcome[] }
  | { readonly status: 'refused' | 'overloaded' | 'unknown'; readonly reason: string };

/** Local: what became of calls; a hole where nobody waits. */
export interface Settled {
  readonly kind: 'settled';
  readonly calls: readonly (CommandCall | QueryCall | undefined)[];
  readonly settlement: Settlement;
}

/** Says so to the client of this node. */
export type Tell = (calls: Settled['calls'], settlement: Settlement) => void;

export type AcceptorMessage = Prepare | Accept | Heartbeat | Probe | CatchUp | Resume | Checkpointed | HandTimer | AdmissionMessage;
export type LeaderMessage =
  | Promise1b
  | Accepted
  | Nack
  | Truncated
  | Heard
  | Probed
  | Enrolled
  | Request
  | Read
  | Progress
  | Leading
  | LearnerState
  | Flush
  | Checkpointed
  | ElectionTimer
  | HeartbeatTimer
  | CommitTimer
  | TickTimer
  | EnrolTimer
  | ScoutTimer;
export type LearnerMessage =
  | Decided
  | Chosen
  | Locate
  | CatchUp
  | CaughtUp
  | SnapshotOffer
  | SnapshotRequest
  | SnapshotFragment
  | Query
  | Checkpointed
  | CatchUpTimer
  | ReportTimer;
export type ProposerMessage = Reply | LeaderIs | ReadIndex | Answers | Busy | Submit | Retry | Ask | Flush | RetryTimer;

export type MultiPaxosMessage = AcceptorMessage | LeaderMessage | LearnerMessage | ProposerMessage | Settled;
