import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import { type Ballot, compareBallots, formatBallot, sameBallot } from '../ballot.js';
import { type Admission, type Admitting, NOT_ADMITTED } from '../enrolment/admission.js';
import { Handover } from './handover.js';
import {
  type Accept,
  type AcceptorMessage,
  type CatchUp,
  type Heartbeat,
  type MultiPaxosMessage,
  NO_ANSWER,
  type Prepare,
  type Probe,
  type Resume,
} from './messages.js';
import type { Placement } from './placement.js';
import type { VotedLog } from './voted-log.js';
import type { Voting } from './voting.js';

/**
 * The acceptor: one promise for the whole log, a vote per slot. (Paxos Made Simple §2.2 and §3; Paxos Made Moderately Complex
 * §2.2) What it promised and voted is persisted before the answer; the gate sees to it.
 */
export class Acceptor implements Admitting<AcceptorMessage> {
  readonly #log: VotedLog;
  readonly admission: Admission;
  /** To the learner of this node, if it has one. */
  readonly #handover: Handover | undefined;
  /** Drawn anew for each life. */
  readonly #life: number;
  /** When a leader was last heard of: in no life before this one. */
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    { learners }: Pick<Placement, 'learners'>,
    private readonly voting: Voting,
  ) {
    this.#log = voting.log;
    this.admission = voting.admission;
    this.#life = context.random.uint32();
    if (learners.includes(context.self.node)) this.#handover = new Handover(effects, context.address('learner'), this.#log);
  }

  start(): void {
    this.#show();
  }

  prepare({ ballot, nonce, from }: Prepare, leader: Address): void {
    if (!this.admission.mayVote) return this.voting.ignore('prepare', NOT_ADMITTED);
    if (this.voting.refuses('prepare', ballot, leader)) return;
    this.#heardAt = this.context.now();
    if (!sameBallot(ballot, this.voting.promised)) this.voting.promise(ballot);
    const { commit: chosen, truncatedBelow: truncated } = this.#log;
    const pieces = this.#log.piecesFrom(from);
    for (const [chunk, votes] of pieces.entries())
      this.effects.send(leader, {
        kind: 'promise',
        ballot,
        nonce,
        life: this.#life,
        chunk,
        chunks: pieces.length,
        chosen,
        truncated,
        votes,
      });
    this.#show();
  }

  accept({ ballot, first, entries, commit, truncate }: Accept, leader: Address): void {
    if (!this.admission.mayVote) return this.#onlyLearn('accept', ballot, commit);
    if (this.voting.refuses('accept', ballot, leader)) return;
    this.#heardAt = this.context.now();
    this.#log.learnCommit(ballot, commit);
    this.voting.truncate(truncate);
    const { truncatedBelow } = this.#log;
    if (first < truncatedBelow) return this.effects.send(leader, { kind: 'truncated', ballot, below: truncatedBelow });
    const novelty = this.#log.noveltyOf(ballot, first, entries);
    if (novelty === 'contradiction') return this.voting.ignore('accept', `a second proposal at ballot ${formatBallot(ballot)}`);
    if (novelty === 'new') this.voting.vote(ballot, first, entries, commit);
    this.effects.send(leader, { kind: 'accepted', ballot, first, count: entries.length });
    // Behind the vote: the gate holds it back until that is durable, so neither the sync nor the answer waits for the learner.
    this.#handover?.hand();
    this.voting.checkpointIfDue();
    this.#show();
  }

  heartbeat({ ballot, round, commit, truncate }: Heartbeat, leader: Address): void {
    if (!this.admission.mayVote) return this.#onlyLearn('heartbeat', ballot, commit);
    if (this.voting.refuses('heartbeat', ballot, leader)) return;
    this.#heardAt = this.context.now();
    this.#log.learnCommit(ballot, commit);
    this.#handover?.hand();
    this.voting.truncate(truncate);
    if (round !== NO_ANSWER) {
      // Not promised this ballot (it was away during phase 1): it may vote for it, but to confirm that none above it is active it
      // must promise. That is what voting for it would do anyway.
      if (!sameBallot(ballot, this.voting.promised)) this.voting.promise(ballot);
      this.effects.send(leader, { kind: 'heard', ballot, round, end: this.#log.endAt(ballot) });
      this.voting.checkpointIfDue();
    }
    this.#show();
  }

  probe({ nonce, silence }: Probe, candidate: Address): void {
    if (!this.admission.mayVote) return this.voting.ignore('probe', NOT_ADMITTED);
    const silent = this.context.now() - this.#heardAt >= silence;
    this.effects.send(candidate, { kind: 'probed', nonce, silent, promised: this.voting.promised });
  }

  /** A learner asks for what is decided: the one of a node without an acceptor, or one that found no other learner. */
  catchUp({ next }: CatchUp, learner: Address): void {
    const { entries } = this.#log.decidedFrom(next);
    if (entries.length > 0) this.effects.send(learner, { kind: 'caughtUp', first: next, entries, commit: this.#log.commit });
  }

  resume({ next }: Resume): void {
    this.#handover?.resume(next);
  }

  handTimer(): void {
    this.#handover?.resumeAfterPause();
  }

  checkpointed(): void {
    this.voting.checkpointed();
  }

  /** Who may not vote may still know what is chosen: the learner of this node catches up from others. */
  #onlyLearn(message: string, ballot: Ballot, commit: number): void {
    if (compareBallots(ballot, this.voting.promised) >= 0) this.#heardAt = this.context.now();
    this.#log.learnCommit(ballot, commit);
    this.#handover?.hand();
    this.voting.ignore(message, NOT_ADMITTED);
    this.#show();
  }

  #show(): void {
    this.voting.show(this.context.gauges);
  }
}
