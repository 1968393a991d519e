import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { ConfigurationError } from '../../errors.js';
import type { Entry } from '../../replication/entry.js';
import { type Ballot, compareBallots, formatBallot, isPlausible, sameBallot } from '../ballot.js';
import type { ConsensusEvent } from '../trace-events.js';
import {
  type AcceptorState,
  acceptorCheckpoint,
  enrolledRecord,
  epochRecord,
  formedRecord,
  keptIn,
  onlyLastRecord,
  promiseRecord,
  recoverAcceptor,
  votesRecord,
} from './acceptor-log.js';
import { Enrolment } from './enrolment.js';
import { isFull, lastOf, onlyLast, wasIn, withAnother } from './epochs.js';
import { Handover } from './handover.js';
import {
  type Accept,
  type AcceptorMessage,
  type CatchUp,
  type Enrol,
  type Enrolled,
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

/** ms that an epoch lasts in which it promised or voted. A copy that was made so long before the data was last used is told from it. */
const EPOCH = 30_000;

/**
 * The acceptor: one promise for the whole log, a vote per slot. (Paxos Made Simple §2.2 and §3; Paxos Made Moderately Complex
 * §2.2) What it promised and voted is persisted before the answer; the gate sees to it.
 */
export class Acceptor implements Role<AcceptorMessage> {
  readonly #state: AcceptorState;
  readonly #log: VotedLog;
  readonly #quorums: string;
  readonly #enrolment: Enrolment;
  /** To the learner of this node, if it has one. */
  readonly #handover: Handover | undefined;
  /** Drawn anew for each life. */
  readonly #life: number;
  /** When a leader was last heard of: in no life before this one. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** What votes have added to the node's log since the last checkpoint. */
  #loggedBytes: number;
  #checkpointing = false;
  /** Another epoch begins in a while. */
  #epochEnds = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    { acceptors, learners, quorum }: Placement,
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot'>,
  ) {
    this.#state = recoverAcceptor(context.recovered);
    this.#log = this.#state.log;
    this.#loggedBytes = this.#log.bytes;
    this.#quorums = quorum.fingerprint;
    if (this.#state.formed && this.#state.quorums !== this.#quorums) throw changedQuorums(context.self, this.#state.quorums, this.#quorums);
    this.#life = context.random.uint32();
    this.#enrolment = new Enrolment(context, effects, acceptors, this.#state.formed ? 'a majority' : 'all', options.retry);
    if (learners.includes(context.self.node)) this.#handover = new Handover(effects, context.address('learner'), this.#log);
  }

  start(): void {
    // Of forgotten epochs nothing is refused any more. So no start pushes one out, or an old copy that is refused, and started again
    // each time, would come to forget all that it never knew: it goes on in its last.
    if (isFull(this.#state.epochs)) this.#enrolment.begin(this.#state.epochs);
    else this.#beginEpoch();
    this.#show();
  }

  prepare({ ballot, nonce, from }: Prepare, leader: Address): void {
    if (!this.#mayVote) return this.#ignore('prepare', NOT_ADMITTED);
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
    if (!this.#mayVote) return this.#onlyLearn('accept', ballot, commit);
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
    if (!this.#mayVote) return this.#onlyLearn('heartbeat', ballot, commit);
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
    if (!this.#mayVote) return this.#ignore('probe', NOT_ADMITTED);
    const silent = this.context.now() - this.#heardAt >= silence;
    this.effects.send(candidate, { kind: 'probed', nonce, silent, promised: this.#state.promised });
  }

  /**
   * Answered by an acceptor that may not vote, too: all of them may be starting.
   *
   * Epochs as high as the one on record that do not know of it prove that the node's data has two branches, but not which of them
   * is old. The late question of the newest data comes to whoever has a copy of it on record; and the late question of a copy, which
   * was refused and never promised anything, comes to whoever has the newest data on record: here the two look the same. So it is
   * answered as any other, with what is on record, and is not held against the data that the node runs on by now. That would take
   * questions that tell of the last epoch in which the data was admitted: only what was told in that one is missed in data without it.
   *
   * Nor is the data here old if it has nothing on record as late as `epochs.first`, which every acceptor had on record: one of them may
   * have been a life of this node that had lost its data, and now has it back; or so many epochs began that the oldest was dropped.
   */
  enrol({ generation, epochs }: Enrol, asker: Address): void {
    const { enrolled } = this.#state;
    const epoch = lastOf(epochs);
    let known = enrolled.get(asker.node);
    // What is on record is replaced only by data that knows of it: so data that does not is told from it however often it starts.
    if (known === undefined || (known.generation === generation && known.epoch.epoch < epoch.epoch && wasIn(epochs, known.epoch))) {
      known = { generation, epoch };
      enrolled.set(asker.node, known);
      this.effects.persist(enrolledRecord(asker.node, known));
    }
    this.effects.send(asker, { kind: 'enrolled', generation: known.generation, recorded: known.epoch, formed: this.#state.formed });
    this.#enrolment.met(asker.node);
  }

  enrolled(answer: Enrolled, { node }: Address): void {
    const before = this.#enrolment.complete;
    this.#enrolment.answered(node, answer);
    if (!this.#state.formed && this.#enrolment.granted) {
      this.#state.formed = true;
      this.#state.quorums = this.#quorums;
      this.effects.persist(formedRecord(this.#quorums));
    }
    if (!before && this.#enrolment.complete) {
      this.#state.epochs = onlyLast(this.#state.epochs);
      this.effects.persist(onlyLastRecord());
    }
    this.#show();
  }

  enrolTimer(): void {
    this.#enrolment.ask();
  }

  epochTimer(): void {
    this.#epochEnds = false;
    this.#beginEpoch();
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

  /** Whether it was formed, in this life or an earlier one, and enough acceptors have this life on record. */
  get #mayVote(): boolean {
    return this.#enrolment.granted;
  }

  #beginEpoch(): void {
    // The first of a generation, which is random itself, needs no number; so it may be told before it is durable: it would be the same.
    const first = lastOf(this.#state.epochs).epoch === 0;
    const nonce = first ? 0 : this.context.random.uint32();
    this.#state.epochs = withAnother(this.#state.epochs, nonce);
    if (first) this.#enrolment.begin(this.#state.epochs);
    // Behind the record the gate holds the question, and all that is said in this epoch.
    this.effects.persist(epochRecord(nonce));
    if (!first) this.#enrolment.begin(this.#state.epochs);
  }

  /** What it promised or voted ends an epoch before long: a copy of the data that was made before it is told from the data by that. */
  #endEpochSoon(): void {
    if (this.#epochEnds) return;
    this.#epochEnds = true;
    this.effects.startTimer('epoch', EPOCH, { kind: 'epochTimer' });
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
    this.#endEpochSoon();
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
    this.#endEpochSoon();
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
    gauges.formed = this.#state.formed;
    gauges.admitted = this.#mayVote;
    gauges.onRecord = this.#enrolment.complete;
    gauges.epoch = lastOf(this.#state.epochs).epoch;
    gauges.chosen = this.#log.commit;
    gauges.votes = this.#log.size;
    gauges.retainedBytes = this.#log.bytes;
    gauges.truncatedBelow = this.#log.truncatedBelow;
  }
}

const NOT_ADMITTED = 'not formed, or this life is not on record with a majority yet';

/** Votes under other quorums prove nothing under these: a vote that chose something might no longer be met. */
const changedQuorums = ({ node, group }: Address, before: string, now: string): ConfigurationError =>
  new ConfigurationError(
    'CHANGED_ACCEPTORS',
    `node ${node} has voted in group ${group} under ${before}, and is now given ${now}; give back the acceptors and the quorums that it had. Neither can be exchanged by changing the configuration: what was acknowledged might be lost`,
  );
