import type { ActorContext, Address, Effects, Role } from '@synod/core';
import {
  type Ballot,
  compareBallots,
  compareSteps,
  type Entry,
  NOT_ADMITTED,
  type Step,
  sameBallot,
  sizeOfEntry,
} from '@synod/core/consensus';
import type { Acceptor, CatchUp, MultiPaxosOptions, Placement, Voting } from '@synod/core/multi-paxos';
import { pickAt } from '../pick.js';
import type { FastQuorumSystem } from '../quorums.js';
import { FastTally } from '../tally.js';
import type { FastEvent } from './events.js';
import type { Any, FastAccepted, FastAcceptorMessage, FastPaxosMessage, FastPropose } from './messages.js';
import type { FastOptions } from './options.js';
import { MOST_COUNTED, PIECE_BYTES } from './sizes.js';
import { sameValue } from './value.js';

/**
 * What an acceptor of Fast Paxos does besides what one of Multi-Paxos does: once its coordinator has opened the ballot that it promised,
 * it votes for what proposers propose, one value a slot and step, whatever lives it has; and, where that is wanted, it recovers
 * collisions without a coordinator. (Lamport, Fast Paxos §2.2 and §3.2) What opens a ballot is not persisted: a new life waits to be told again.
 */
export class FastAcceptor implements Role<FastAcceptorMessage | CatchUp> {
  #open: { readonly ballot: Ballot; readonly from: number } | undefined;
  /** The first step of a ballot, below 0. */
  readonly #first: number;
  /** What acceptors voted for, by slot: at the highest step of the promised ballot that was heard of. */
  readonly #tallies = new Map<number, { readonly at: Step; readonly tally: FastTally<Entry> }>();

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastPaxosMessage>,
    private readonly placement: Placement,
    private readonly quorum: FastQuorumSystem,
    private readonly options: Pick<MultiPaxosOptions, 'window'>,
    { steps }: Pick<FastOptions, 'steps'>,
    private readonly voting: Voting,
    private readonly acceptor: Acceptor,
  ) {
    this.#first = -steps;
  }

  any({ ballot, from }: Any, coordinator: Address): void {
    if (!this.voting.admission.mayVote) return this.voting.ignore('any', NOT_ADMITTED);
    if (this.voting.refuses('any', ballot, coordinator)) return;
    if (!sameBallot(ballot, this.voting.promised)) this.voting.promise(ballot);
    this.#open = { ballot, from };
  }

  fastPropose({ ballot, first, entries }: FastPropose, { node, role }: Address): void {
    if (!this.voting.admission.mayVote) return this.voting.ignore('fastPropose', NOT_ADMITTED);
    if (!this.#isOpen(ballot)) return this.voting.ignore('fastPropose', 'its ballot is not open here');
    const at: Step = { ...ballot, step: this.#first };
    for (let i = 0; i < entries.length; i++) {
      const begin = i;
      while (i < entries.length && this.#isFree(first + i, ballot)) i++;
      if (i > begin) this.#vote(at, first + begin, entries.slice(begin, i));
      // The coordinator proposes where it has not heard of a vote.
      if (i < entries.length && role === 'leader' && node === ballot.node) this.#tellAgain(first + i, ballot);
    }
    this.voting.checkpointIfDue();
    this.voting.show(this.context.gauges);
  }

  /** Another's votes, where acceptors recover by themselves. */
  fastAccepted({ at, first, entries }: FastAccepted, { node }: Address): void {
    if (!this.voting.admission.mayVote || !sameBallot(at, this.voting.promised) || at.step === undefined) return;
    for (const [i, entry] of entries.entries()) this.#heard(at, first + i, entry, node);
  }

  /**
   * Besides what its votes prove, a learner is told what they are at fast steps, one piece of them: where no learner has what was chosen, those
   * of a fast quorum are all that tells.
   */
  catchUp(message: CatchUp, learner: Address): void {
    this.acceptor.catchUp(message, learner);
    const { log } = this.voting;
    const end = Math.min(log.commit, message.next + MOST_COUNTED);
    let bytes = 0;
    for (let slot = message.next; slot < end && bytes < PIECE_BYTES; slot++) {
      const held = log.get(slot);
      if (held?.ballot.step === undefined) continue;
      bytes += sizeOfEntry(held.entry);
      this.effects.send(learner, { kind: 'fastAccepted', at: held.ballot, first: slot, entries: [held.entry] });
    }
  }

  #isOpen(ballot: Ballot): boolean {
    return this.#open !== undefined && sameBallot(ballot, this.#open.ballot) && sameBallot(ballot, this.voting.promised);
  }

  /** Whether it may vote at the first step of the ballot that is open: it has not voted at any step of that, and knows of no decision. */
  #isFree(slot: number, ballot: Ballot): boolean {
    const { log } = this.voting;
    if (slot < Math.max(this.#open?.from ?? 0, log.commit) || slot >= log.commit + this.options.window.slots) return false;
    const held = log.get(slot);
    return held === undefined || compareBallots(held.ballot, ballot) < 0;
  }

  #vote(at: Step, first: number, entries: readonly Entry[]): void {
    this.voting.vote(at, first, entries, 0);
    // As it keeps them: the frame that they came in is let go.
    this.#tell({ kind: 'fastAccepted', at, first, entries: entries.map((entry, i) => this.voting.log.get(first + i)?.entry ?? entry) });
  }

  #tellAgain(slot: number, ballot: Ballot): void {
    const held = this.voting.log.get(slot);
    if (held !== undefined && sameBallot(held.ballot, ballot) && held.ballot.step !== undefined)
      this.#tell({ kind: 'fastAccepted', at: held.ballot, first: slot, entries: [held.entry] });
  }

  /** Its node's learner and proposer are colocated where they can be, and all of one node is one frame. */
  #tell(vote: FastAccepted): void {
    this.effects.send(this.context.address('leader', vote.at.node), vote);
    for (const node of this.placement.learners) this.effects.send(this.context.address('learner', node), vote);
    // At the last step nobody goes on without a coordinator.
    if ((vote.at.step ?? 0) < -1)
      for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), vote);
  }

  /** Counts a vote; votes for what a phase-1 quorum of votes leads to at the next step, if no value can be chosen at this one. */
  #heard(at: Step, slot: number, entry: Entry, node: string): void {
    const { log } = this.voting;
    const next: Step = { ...at, step: (at.step ?? 0) + 1 };
    if (next.step === 0 || slot < log.commit || slot >= log.commit + this.options.window.slots) return;
    let counted = this.#tallies.get(slot);
    const order = counted === undefined ? -1 : compareSteps(counted.at, at);
    if (order > 0) return;
    if (counted === undefined || order < 0) {
      this.#forget();
      this.#tallies.set(slot, (counted = { at, tally: new FastTally(this.quorum, sameValue) }));
    }
    const { tally } = counted;
    tally.add(node, entry);
    const voters = new Set(tally.votes.keys());
    if (!tally.collided || !this.quorum.isPhase1(voters)) return;
    const held = log.get(slot);
    if (held !== undefined && compareSteps(held.ballot, next) >= 0) return;
    // Each voted at this step of a ballot between whose steps lies nothing: its vote says all that a promise would.
    const { value } = pickAt(at, tally.votes, voters, this.quorum, sameValue);
    if (value === undefined) return;
    if (this.context.tracing) this.effects.trace({ event: 'recover', at: next, slot } satisfies FastEvent);
    this.#vote(next, slot, [value]);
  }

  #forget(): void {
    for (const slot of this.#tallies.keys()) if (slot < this.voting.log.commit) this.#tallies.delete(slot);
  }
}
