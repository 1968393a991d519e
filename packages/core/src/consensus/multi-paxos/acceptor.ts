import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import type { Entry } from '../../replication/entry.js';
import { type Ballot, compareBallots, formatBallot, isPlausible, sameBallot } from '../ballot.js';
import { Admission, NOT_ADMITTED } from '../enrolment/admission.js';
import type { Enrol, Enrolled } from '../enrolment/messages.js';
import type { ConsensusEvent } from '../trace-events.js';
import { type AcceptorState, acceptorCheckpoint, keptIn, promiseRecord, recoverAcceptor, votesRecord } from './acceptor-log.js';
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
import type { MultiPaxosOptions } from './options.js';
import type { Placement } from './placement.js';
import type { VotedLog } from './voted-log.js';

/**
 * The acceptor: one promise for the whole log, a vote per slot. (Paxos Made Simple §2.2 and §3; Paxos Made Moderately Complex
 * §2.2) What it promised and voted is persisted before the answer; the gate sees to it.
 */
export class Acceptor implements Role<AcceptorMessage> {
  readonly #state: AcceptorState;
  readonly #log: VotedLog;
  readonly #admission: Admission;
  /** To the learner of this node, if it has one. */
  readonly #handover: Handover | undefined;
  /** Drawn anew for each life. */
  readonly #life: number;
  /** When a leader was last heard of: in no life before this one. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** What votes have added to the node's log since the last checkpoint. */
  #loggedBytes: number;
  #checkpointing = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    placement: Placement,
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot'>,
  ) {
    this.#state = recoverAcceptor(context.recovered);
    this.#log = this.#state.log;
    this.#loggedBytes = this.#log.bytes;
    this.#life = context.random.uint32();
    this.#admission = new Admission(context, effects, placement, options.retry, this.#state.admission);
    if (placement.learners.includes(context.self.node)) this.#handover = new Handover(effects, context.address('learner'), this.#log);
  }

  start(): void {
    this.#admission.begin();
    this.#show();
  }

  prepare({ ballot, nonce, from }: Prepare, leader: Address): void {
    if (!this.#admission.mayVote) return this.#ignore('prepare', NOT_ADMITTED);
    if (this.#refused('prepare', ballot, leader)) return;
    this.#heardAt = this.context.now();
    if (!sameBallot(ballot, this.#state.promised)) this.#promise(ballot);
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
    if (!this.#admission.mayVote) return this.#onlyLearn('accept', ballot, commit);
    if (this.#refused('accept', ballot, leader)) return;
    this.#heardAt = this.context.now();
    this.#log.learnCommit(ballot, commit);
    this.#truncate(truncate);
    const { truncatedBelow } = this.#log;
    if (first < truncatedBelow) return this.effects.send(leader, { kind: 'truncated', ballot, below: truncatedBelow });
    const novelty = this.#log.noveltyOf(ballot, first, entries);
    if (novelty === 'contradiction') return this.#ignore('accept', `a second proposal at ballot ${formatBallot(ballot)}`);
    if (novelty === 'new') this.#vote(ballot, first, entries, commit);
    this.effects.send(leader, { kind: 'accepted', ballot, first, count: entries.length });
    // Behind the vote: the gate holds it back until that is durable, so neither the sync nor the answer waits for the learner.
    this.#handover?.hand();
    this.#checkpointIfDue();
    this.#show();
  }

  heartbeat({ ballot, round, commit, truncate }: Heartbeat, leader: Address): void {
    if (!this.#admission.mayVote) return this.#onlyLearn('heartbeat', ballot, commit);
    if (this.#refused('heartbeat', ballot, leader)) return;
    this.#heardAt = this.context.now();
    this.#log.learnCommit(ballot, commit);
    this.#handover?.hand();
    this.#truncate(truncate);
    if (round !== NO_ANSWER) {
      // Not promised this ballot (it was away during phase 1): it may vote for it, but to confirm that none above it is active it
      // must promise. That is what voting for it would do anyway.
      if (!sameBallot(ballot, this.#state.promised)) this.#promise(ballot);
      this.effects.send(leader, { kind: 'heard', ballot, round });
      this.#checkpointIfDue();
    }
    this.#show();
  }

  probe({ nonce, silence }: Probe, candidate: Address): void {
    if (!this.#admission.mayVote) return this.#ignore('probe', NOT_ADMITTED);
    const silent = this.context.now() - this.#heardAt >= silence;
    this.effects.send(candidate, { kind: 'probed', nonce, silent, promised: this.#state.promised });
  }

  enrol(question: Enrol, asker: Address): void {
    this.#admission.enrol(question, asker);
  }

  enrolled(answer: Enrolled, from: Address): void {
    this.#admission.enrolled(answer, from);
    this.#show();
  }

  enrolTimer(): void {
    this.#admission.enrolTimer();
  }

  epochTimer(): void {
    this.#admission.epochTimer();
    this.#show();
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
    this.#checkpointing = false;
    this.#checkpointIfDue();
  }

  /** Whether the ballot is below the promise, which its leader is told, or a leap that no honest node makes. */
  #refused(message: string, ballot: Ballot, leader: Address): boolean {
    const { promised } = this.#state;
    if (!isPlausible(ballot, promised)) {
      this.#ignore(message, 'an implausible leap of rounds');
      return true;
    }
    if (compareBallots(ballot, promised) >= 0) return false;
    this.effects.send(leader, { kind: 'nack', ballot, promised });
    return true;
  }

  /** Who may not vote may still know what is chosen: the learner of this node catches up from others. */
  #onlyLearn(message: string, ballot: Ballot, commit: number): void {
    if (compareBallots(ballot, this.#state.promised) >= 0) this.#heardAt = this.context.now();
    this.#log.learnCommit(ballot, commit);
    this.#handover?.hand();
    this.#ignore(message, NOT_ADMITTED);
    this.#show();
  }

  #promise(ballot: Ballot): void {
    this.#state.promised = ballot;
    this.effects.persist(promiseRecord(ballot));
    this.#admission.used();
    if (this.context.tracing) this.effects.trace({ event: 'promise', ballot } satisfies ConsensusEvent);
  }

  /** A vote is a promise too. */
  #vote(ballot: Ballot, first: number, entries: readonly Entry[], commit: number): void {
    this.#state.promised = ballot;
    const record = votesRecord(ballot, first, entries, commit);
    const kept = keptIn(record, ballot, entries);
    for (let i = 0; i < kept.length; i++) this.#log.vote(ballot, first + i, kept[i] as Entry);
    this.#loggedBytes += record.length;
    this.effects.persist(record);
    this.#admission.used();
    if (this.context.tracing) this.effects.trace({ event: 'vote', ballot, first, entries } satisfies ConsensusEvent);
  }

  #truncate(below: number): void {
    if (this.#log.truncate(below) && this.context.tracing) this.effects.trace({ event: 'truncate', below } satisfies ConsensusEvent);
  }

  /** Rewrites what is retained once the log has grown by as much: the cost stays in proportion. */
  #checkpointIfDue(): void {
    if (this.#checkpointing || this.#loggedBytes < Math.max(this.options.snapshot.bytes / 2, this.#log.bytes)) return;
    if (this.#log.truncatedBelow === 0) return;
    this.#checkpointing = true;
    this.#loggedBytes = 0;
    this.effects.checkpoint(acceptorCheckpoint(this.#state), { kind: 'checkpointed' });
  }

  #ignore(message: string, reason: string): void {
    if (this.context.tracing) this.effects.trace({ event: 'ignore', message, reason } satisfies ConsensusEvent);
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.promised = formatBallot(this.#state.promised);
    this.#admission.show(gauges);
    gauges.chosen = this.#log.commit;
    gauges.votes = this.#log.size;
    gauges.retainedBytes = this.#log.bytes;
    gauges.truncatedBelow = this.#log.truncatedBelow;
  }
}
