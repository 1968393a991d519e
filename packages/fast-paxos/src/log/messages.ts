import type { Ballot, Entry, Step } from '@synod/core/consensus';
import type { MultiPaxosMessage } from '@synod/core/multi-paxos';

/** What the roles say to each other besides what those of Multi-Paxos do; `docs/protocols.md` §6. Messages marked local never leave a node. */

// ── to the acceptor ──────────────────────────────────────────────────────────────────────────────────────────────────

/** From the coordinator: at the first step of `ballot`, vote for what proposers propose in slots from `from` on. (Fast Paxos §2.2, "any") */
export interface Any {
  readonly kind: 'any';
  readonly ballot: Ballot;
  readonly from: number;
}

/**
 * Phase 2a of a proposer, for consecutive slots, in which `ballot` is open; to the coordinator too, which sees to it that what loses its
 * slot gets another.
 */
export interface FastPropose {
  readonly kind: 'fastPropose';
  readonly ballot: Ballot;
  readonly first: number;
  readonly entries: readonly Entry[];
}

// ── to the coordinator, the learners and, where they recover by themselves, the acceptors ─────────────────────────────

/** Phase 2b with its values, for consecutive slots at one fast step. */
export interface FastAccepted {
  readonly kind: 'fastAccepted';
  readonly at: Step;
  readonly first: number;
  readonly entries: readonly Entry[];
}

/** Local, from the coordinator to itself: no fast quorum answers, or too much collides. */
export interface FallBack {
  readonly kind: 'fallBack';
  readonly ballot: Ballot;
  readonly reason: string;
}

// ── to the proposer ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * From the coordinator, with each of its heartbeats: `ballot` is open, nothing was seen of slots from `next` on, and all below `commit` is
 * chosen. `time`: the log time then.
 */
export interface Opened {
  readonly kind: 'opened';
  readonly ballot: Ballot;
  readonly next: number;
  readonly commit: number;
  readonly time: number;
}

/** Local, from the learner: somebody has voted at `ballot` in slots below `next`. */
export interface Taken {
  readonly kind: 'taken';
  readonly ballot: Ballot;
  readonly next: number;
}

export type FastAcceptorMessage = Any | FastPropose | FastAccepted;
export type FastLeaderMessage = FastPropose | FastAccepted | FallBack;
export type FastLearnerMessage = FastAccepted;
export type FastProposerMessage = Opened | Taken;
export type FastMessage = FastAcceptorMessage | FastLeaderMessage | FastLearnerMessage | FastProposerMessage;

/** All that a role of this protocol may say. */
export type FastPaxosMessage = MultiPaxosMessage | FastMessage;
