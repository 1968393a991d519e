import type { ActorContext, Address, Effects, Role } from '@synod/core';
import { type Ballot, ballotOf, compareBallots, type Entry, isPlausible, NO_BALLOT } from '@synod/core/consensus';
import type { CatchUpTimer, Chosen, Learner, Placement, Replica } from '@synod/core/multi-paxos';
import type { FastQuorumSystem } from '../quorums.js';
import { FastTally } from '../tally.js';
import type { FastAccepted, FastLearnerMessage, FastPaxosMessage } from './messages.js';
import { MOST_COUNTED } from './sizes.js';
import { sameValue } from './value.js';

/**
 * What a learner of Fast Paxos does besides what one of Multi-Paxos does: it counts votes at fast steps itself, so that it knows what is
 * chosen two message delays after it was proposed. A fast quorum must vote for one value at one step: votes of two steps prove nothing
 * together. (Lamport, Fast Paxos §2.2)
 */
export class FastLearner implements Role<FastLearnerMessage | CatchUpTimer | Chosen> {
  /** The highest ballot whose votes were heard; those of lower ones are counted no more. */
  #ballot: Ballot = NO_BALLOT;
  /** By slot and step. */
  readonly #tallies = new Map<number, Map<number, FastTally<Entry>>>();
  /** Those of slots below it were let go. */
  #forgotten = 0;
  /** Above all slots that somebody voted in at that ballot. */
  #next = 0;
  /** Where it was when it last found itself behind. */
  #stuckAt = -1;
  /** The acceptor of this node hands over what is decided from here on. */
  #handed = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastPaxosMessage>,
    private readonly placement: Placement,
    private readonly quorum: FastQuorumSystem,
    private readonly replica: Replica,
    private readonly learner: Learner,
  ) {}

  fastAccepted({ at, first, entries }: FastAccepted, { node }: Address): void {
    if (!this.placement.acceptors.includes(node) || !isPlausible(at, this.#ballot)) return;
    const order = compareBallots(at, this.#ballot);
    if (order < 0) return;
    if (order > 0) this.#begin(ballotOf(at));
    const most = this.replica.next + MOST_COUNTED;
    for (const [i, entry] of entries.entries()) {
      const slot = first + i;
      if (slot < this.replica.next || slot >= most) continue;
      const tally = this.#tallyOf(slot, at.step ?? 0);
      const known = tally.chosen;
      tally.add(node, entry);
      if (known === undefined && tally.chosen !== undefined)
        this.learner.chosen({ kind: 'chosen', first: slot, entries: [tally.chosen.value], commit: 0 });
    }
    this.#tellProposer(Math.min(first + entries.length, most));
    this.#proceeded();
  }

  /** From the acceptor of this node. */
  chosen(message: Chosen): void {
    this.#handed = Math.max(this.#handed, message.first + message.entries.length);
    this.learner.chosen(message);
    this.#proceeded();
  }

  /** What no other learner has, acceptors are asked for: all of them, that of this node too, since it takes the votes of many. */
  catchUpTimer(): void {
    const { next } = this.replica;
    this.learner.catchUpTimer();
    if (this.learner.behind > 0 && next === this.#stuckAt)
      for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), { kind: 'catchUp', next });
    this.#stuckAt = next;
  }

  #begin(ballot: Ballot): void {
    this.#ballot = ballot;
    this.#tallies.clear();
    this.#next = 0;
  }

  #tallyOf(slot: number, step: number): FastTally<Entry> {
    let steps = this.#tallies.get(slot);
    if (steps === undefined) this.#tallies.set(slot, (steps = new Map()));
    let tally = steps.get(step);
    if (tally === undefined) steps.set(step, (tally = new FastTally(this.quorum, sameValue)));
    return tally;
  }

  /** The proposer of this node proposes where nobody has voted. */
  #tellProposer(next: number): void {
    if (next <= this.#next) return;
    this.#next = next;
    if (this.placement.proposers.includes(this.context.self.node))
      this.effects.send(this.context.address('proposer'), { kind: 'taken', ballot: this.#ballot, next });
  }

  /** What is executed needs no votes, whichever way it came. */
  #proceeded(): void {
    const { next } = this.replica;
    this.#forgetBelow(next);
    this.context.gauges.counting = this.#tallies.size;
    // The acceptor of this node cannot vouch for what it voted for at a fast step: it goes on behind that.
    if (next <= this.#handed || !this.placement.acceptors.includes(this.context.self.node)) return;
    this.#handed = next;
    this.effects.send(this.context.address('acceptor'), { kind: 'resume', next });
  }

  #forgetBelow(slot: number): void {
    // After a snapshot few of the slots in between have votes here: the fewer are gone through.
    if (slot - this.#forgotten > this.#tallies.size) {
      for (const old of this.#tallies.keys()) if (old < slot) this.#tallies.delete(old);
    } else for (let old = this.#forgotten; old < slot; old++) this.#tallies.delete(old);
    this.#forgotten = slot;
  }
}
