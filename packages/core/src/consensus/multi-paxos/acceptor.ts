import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { ConfigurationError } from '../../errors.js';
import { type Entry, sameEntry, sizeOfEntry } from '../../replication/entry.js';
import { type Ballot, compareBallots, formatBallot, isPlausible, sameBallot } from '../ballot.js';
import {
  type AcceptorState,
  acceptorCheckpoint,
  formedRecord,
  generationRecord,
  promiseRecord,
  recoverAcceptor,
  votesRecord,
} from './acceptor-log.js';
import { Enrolment } from './enrolment.js';
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
  type Vote,
} from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import type { Placement } from './placement.js';

/** Votes and decided entries travel in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

/**
 * The acceptor: one promise for the whole log, a vote per slot. (Paxos Made Simple §2.2 and §3; Paxos Made Moderately Complex
 * §2.2) What it promised and voted is persisted before the answer; the gate sees to it.
 */
export class Acceptor implements Role<AcceptorMessage> {
  readonly #state: AcceptorState;
  readonly #enrolment: Enrolment;
  readonly #learner: Address | undefined;
  /** Everything below it was handed to the learner of this node; unknown until that has said where it stands. */
  #handed: number | undefined;
  #handing = false;
  /** When a leader was last heard of: in no life before this one. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #retainedBytes = 0;
  #loggedBytes = 0;
  #checkpointing = false;
  readonly #life: number;
  readonly #quorums: string;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    placement: Placement,
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot'>,
  ) {
    this.#state = recoverAcceptor(context.recovered);
    const { acceptors, learners, quorum } = placement;
    this.#quorums = quorum.fingerprint;
    if (this.#state.formed && this.#state.quorums !== this.#quorums) throw changedQuorums(context.self, this.#state.quorums, this.#quorums);
    for (const { entry } of this.#state.votes.values()) this.#retainedBytes += sizeOfEntry(entry);
    this.#loggedBytes = this.#retainedBytes;
    this.#life = context.random.uint32();
    this.#enrolment = new Enrolment(context, effects, acceptors, options.retry);
    this.#learner = learners.includes(context.self.node) ? context.address('learner') : undefined;
  }

  start(): void {
    if (!this.#state.formed) this.#enrolment.ask();
    this.#show();
  }

  prepare({ ballot, from }: Prepare, leader: Address): void {
    const { promised } = this.#state;
    if (!this.#state.formed) return this.#ignore('prepare', 'not formed yet');
    if (!isPlausible(ballot, promised)) return this.#ignore('prepare', 'an implausible leap of rounds');
    if (compareBallots(ballot, promised) < 0) return this.effects.send(leader, { kind: 'nack', ballot, promised });
    if (!sameBallot(ballot, promised)) {
      this.#state.promised = ballot;
      this.effects.persist(promiseRecord(ballot));
      if (this.context.tracing) this.effects.trace({ event: 'promise', ballot: formatBallot(ballot) });
    }
    this.#heardAt = this.context.now();
    this.#sendVotes(leader, ballot, from);
    this.#show();
  }

  accept({ ballot, first, entries, commit, truncate }: Accept, leader: Address): void {
    const state = this.#state;
    if (!state.formed) return this.#onlyLearn(ballot, commit, 'accept');
    if (!isPlausible(ballot, state.promised)) return this.#ignore('accept', 'an implausible leap of rounds');
    if (compareBallots(ballot, state.promised) < 0) return this.effects.send(leader, { kind: 'nack', ballot, promised: state.promised });
    this.#heardAt = this.context.now();
    this.#learnCommit(ballot, commit);
    this.#truncate(truncate);
    if (first < state.truncatedBelow) return this.effects.send(leader, { kind: 'truncated', ballot, below: state.truncatedBelow });
    const fresh = this.#freshVotes(ballot, first, entries);
    if (fresh === undefined) return this.#ignore('accept', `a second proposal at ballot ${formatBallot(ballot)}`);
    if (fresh) {
      state.promised = ballot;
      const record = votesRecord(ballot, first, entries, commit);
      this.#loggedBytes += record.length;
      for (let i = 0; i < entries.length; i++) this.#vote(first + i, ballot, entries[i] as Entry);
      this.effects.persist(record);
      if (this.context.tracing) this.effects.trace({ event: 'vote', ballot: formatBallot(ballot), first, entries });
    }
    this.effects.send(leader, { kind: 'accepted', ballot, first, count: entries.length });
    // After the vote, so that the learner executes while that is being synced, and nothing waits for the learner.
    this.#hand();
    this.#checkpointIfDue();
    this.#show();
  }

  heartbeat({ ballot, round, commit, truncate }: Heartbeat, leader: Address): void {
    const { promised, formed } = this.#state;
    if (!formed) return this.#onlyLearn(ballot, commit, 'heartbeat');
    if (!isPlausible(ballot, promised)) return this.#ignore('heartbeat', 'an implausible leap of rounds');
    if (compareBallots(ballot, promised) < 0) return this.effects.send(leader, { kind: 'nack', ballot, promised });
    this.#heardAt = this.context.now();
    this.#learnCommit(ballot, commit);
    this.#hand();
    this.#truncate(truncate);
    if (round === NO_ANSWER) return this.#show();
    // Not promised this ballot (it was away during phase 1): it may vote for it, but cannot confirm that none above it is active.
    if (sameBallot(ballot, promised)) this.effects.send(leader, { kind: 'heard', ballot, round });
    else this.#promiseLate(ballot, round, leader);
    this.#checkpointIfDue();
    this.#show();
  }

  probe({ nonce, silence }: Probe, candidate: Address): void {
    const silent = this.context.now() - this.#heardAt >= silence;
    this.effects.send(candidate, { kind: 'probed', nonce, silent, promised: this.#state.promised });
  }

  enrol({ generation }: Enrol, asker: Address): void {
    const { generations } = this.#state;
    let known = generations.get(asker.node);
    if (known === undefined) {
      known = generation;
      generations.set(asker.node, generation);
      this.effects.persist(generationRecord(asker.node, generation));
    }
    this.effects.send(asker, { kind: 'enrolled', generation: known });
  }

  enrolled({ generation }: Enrolled, { node }: Address): void {
    if (this.#state.formed || !this.#enrolment.answered(node, generation)) return;
    this.#state.formed = true;
    this.#state.quorums = this.#quorums;
    this.effects.persist(formedRecord(this.#quorums));
    this.#show();
  }

  enrolTimer(): void {
    if (!this.#state.formed) this.#enrolment.ask();
  }

  /** A learner asks for what is decided: the one of a node without an acceptor, or one that found no other learner. */
  catchUp({ next }: CatchUp, learner: Address): void {
    const { entries } = this.#decided(next);
    if (entries.length > 0) this.effects.send(learner, { kind: 'caughtUp', first: next, entries, commit: this.#state.commit });
  }

  resume({ next }: Resume): void {
    if (this.#handed === undefined || next > this.#handed) this.#handed = next;
    this.#hand();
  }

  handTimer(): void {
    this.#handing = false;
    this.#hand();
  }

  checkpointed(): void {
    this.#checkpointing = false;
    this.#checkpointIfDue();
  }

  /** A leader whose phase 1 missed this acceptor: promising its ballot now is what voting for it would do anyway. */
  #promiseLate(ballot: Ballot, round: number, leader: Address): void {
    this.#state.promised = ballot;
    this.effects.persist(promiseRecord(ballot));
    if (this.context.tracing) this.effects.trace({ event: 'promise', ballot: formatBallot(ballot) });
    this.effects.send(leader, { kind: 'heard', ballot, round });
  }

  #sendVotes(leader: Address, ballot: Ballot, from: number): void {
    const { commit, truncatedBelow: truncated } = this.#state;
    const chosen = Math.max(commit, truncated);
    const chunks: Vote[][] = [[]];
    let bytes = 0;
    for (const [slot, { ballot: voted, entry }] of this.#state.votes) {
      if (slot < from) continue;
      if (bytes > PIECE_BYTES) {
        chunks.push([]);
        bytes = 0;
      }
      (chunks.at(-1) as Vote[]).push({ slot, ballot: voted, entry });
      bytes += sizeOfEntry(entry);
    }
    chunks.forEach((votes, chunk) => {
      this.effects.send(leader, { kind: 'promise', ballot, life: this.#life, chunk, chunks: chunks.length, chosen, truncated, votes });
    });
  }

  /** False if all of it was voted for before, at this ballot: a repetition. Undefined if it contradicts such a vote. */
  #freshVotes(ballot: Ballot, first: number, entries: readonly Entry[]): boolean | undefined {
    let fresh = false;
    for (let i = 0; i < entries.length; i++) {
      const held = this.#state.votes.get(first + i);
      if (held === undefined || !sameBallot(held.ballot, ballot)) fresh = true;
      else if (!sameEntry(held.entry, entries[i] as Entry)) return undefined;
    }
    return fresh;
  }

  #vote(slot: number, ballot: Ballot, entry: Entry): void {
    const { votes } = this.#state;
    const held = votes.get(slot);
    if (held !== undefined) this.#retainedBytes -= sizeOfEntry(held.entry);
    this.#retainedBytes += sizeOfEntry(entry);
    votes.set(slot, { ballot, entry });
  }

  /** Who may not vote may still know what is chosen: the learner of this node catches up from others. */
  #onlyLearn(ballot: Ballot, commit: number, message: string): void {
    this.#learnCommit(ballot, commit);
    this.#hand();
    this.#ignore(message, 'not formed yet');
  }

  #learnCommit(ballot: Ballot, commit: number): void {
    const state = this.#state;
    if (commit <= state.commit) return;
    state.commit = commit;
    state.commitBallot = ballot;
  }

  /** Hands decided entries to the learner of this node, which fetches what is missing from others. */
  #hand(): void {
    const { commit } = this.#state;
    if (this.#learner === undefined || this.#handed === undefined || this.#handing || this.#handed >= commit) return;
    const first = this.#handed;
    const { entries, more } = this.#decided(first);
    this.#handed += entries.length;
    this.effects.send(this.#learner, { kind: 'chosen', first, entries, commit });
    if (!more) return;
    // A long log is handed over with other work between: it must not hold up the node.
    this.#handing = true;
    this.effects.startTimer('hand', 1, { kind: 'handTimer' });
  }

  /**
   * Decided entries from `first` on, up to a gap or to a piece's size; `more` if it was the size. That a slot is chosen does not
   * say that this vote is the one: only a vote at the ballot of whoever said so, or above, is sure to be (`docs/protocols.md`
   * S4.2).
   */
  #decided(first: number): { readonly entries: readonly Entry[]; readonly more: boolean } {
    const { commit, commitBallot, votes } = this.#state;
    const entries: Entry[] = [];
    let bytes = 0;
    for (let slot = first; slot < commit; slot++) {
      if (bytes >= PIECE_BYTES) return { entries, more: true };
      const vote = votes.get(slot);
      if (vote === undefined || compareBallots(vote.ballot, commitBallot) < 0) break;
      entries.push(vote.entry);
      bytes += sizeOfEntry(vote.entry);
    }
    return { entries, more: false };
  }

  #truncate(below: number): void {
    const state = this.#state;
    if (below <= state.truncatedBelow || below > state.commit) return;
    // An acceptor that was away holds few of the slots that it now skips: the fewer are gone through.
    if (state.votes.size < below - state.truncatedBelow) {
      for (const slot of state.votes.keys()) if (slot < below) this.#forget(slot);
    } else {
      for (let slot = state.truncatedBelow; slot < below; slot++) this.#forget(slot);
    }
    state.truncatedBelow = below;
  }

  #forget(slot: number): void {
    const held = this.#state.votes.get(slot);
    if (held === undefined) return;
    this.#retainedBytes -= sizeOfEntry(held.entry);
    this.#state.votes.delete(slot);
  }

  /** Rewrites what is retained once the log has grown by as much: the cost stays in proportion. */
  #checkpointIfDue(): void {
    if (this.#checkpointing || this.#loggedBytes < Math.max(this.options.snapshot.bytes / 2, this.#retainedBytes)) return;
    if (this.#state.truncatedBelow === 0) return;
    this.#checkpointing = true;
    this.#loggedBytes = 0;
    this.effects.checkpoint(acceptorCheckpoint(this.#state), { kind: 'checkpointed' });
  }

  #ignore(message: string, reason: string): void {
    if (this.context.tracing) this.effects.trace({ event: 'ignore', message, reason });
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.promised = formatBallot(this.#state.promised);
    gauges.formed = this.#state.formed;
    gauges.chosen = this.#state.commit;
    gauges.votes = this.#state.votes.size;
    gauges.retainedBytes = this.#retainedBytes;
    gauges.truncatedBelow = this.#state.truncatedBelow;
  }
}

/** Votes under other quorums prove nothing under these: a vote that chose something might no longer be met. */
const changedQuorums = ({ node, group }: Address, before: string, now: string): ConfigurationError =>
  new ConfigurationError(
    'CHANGED_ACCEPTORS',
    `node ${node} has voted in group ${group} under ${before}, and the topology now says ${now}; give back the acceptors that it had. Acceptors cannot be exchanged by changing the topology: what was acknowledged might be lost`,
  );
