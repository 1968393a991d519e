import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { compareBallots, compareSteps, formatBallot, higherBallot } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { ConsensusEvent, ProposeEvent, VoteEvent } from '../trace-events.js';
import { AcceptorSets } from './acceptor-sets.js';
import { describeEntry, digestsOf } from './entries.js';
import { Promises } from './promises.js';
import type { Testimony } from './testimony.js';
import { type Proposal, VoteHistory } from './vote-history.js';

/**
 * SafeAt (Lamport, Paxos Made Simple, §2.2, P2c; "SafeAt" in his TLA+ specification of the Voting algorithm; docs/protocols.md
 * §11): when a ballot proposes a value for a slot, no other value is chosen there at a lower ballot, or can still come to be.
 *
 * A value can still be chosen at ballot c if some phase-2 quorum consists of acceptors that voted for it at c, and of acceptors
 * that did not vote at c and are still free to: what they have promised, as is durable or was told, is not above c. An acceptor
 * that lost its disk is free no more, and its votes stay. The sum of both sets only ever shrinks: what an acceptor may lose in a
 * crash it was free to do before, and is again.
 */
export const safeAt = (quorum: QuorumSystem, testimony: Testimony): Invariant => ({
  name: 'SafeAt',
  overhears: testimony.hearers,
  recalls: [testimony.acceptor],
  watch: (report) => new SafeAt(new VoteHistory(new AcceptorSets(quorum)), testimony, report),
});

class SafeAt implements Observer {
  readonly traces = ['propose', 'vote', 'truncate'];
  readonly hears: readonly string[];
  readonly #promises: Promises;

  constructor(
    private readonly history: VoteHistory,
    private readonly testimony: Testimony,
    private readonly report: Report,
  ) {
    this.hears = testimony.kinds;
    this.#promises = new Promises(testimony);
  }

  received(envelope: Envelope): void {
    this.#promises.hear(envelope);
    const told = this.testimony.told(envelope.message);
    if (told !== undefined) this.history.hear(envelope.from.node, told);
  }

  wiped(node: string): void {
    this.#promises.wipe(node);
  }

  recovered(actor: Address, recovered: RecoveredRole): void {
    const memory = this.#promises.begin(actor, recovered);
    const bound = this.#promises.of(actor.node);
    if (memory === undefined || bound.lost) return;
    // What it finds is durable, whether anybody was told or not.
    bound.told = higherBallot(bound.told, memory.promised);
    this.history.began(actor.node, memory);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    switch (event.event) {
      case 'truncate':
        this.history.truncated(node, event.below);
        break;
      case 'propose':
        this.#check(node, event);
        break;
      case 'vote':
        // In a protocol whose acceptors choose what to vote for, a vote may be the first that is seen of a proposal.
        this.#check(node, event);
        this.history.vote(node, event);
        break;
    }
  }

  #check(node: string, { event, ballot, first, entries }: ProposeEvent | VoteEvent): void {
    const digests = digestsOf(entries);
    for (const [i, entry] of entries.entries()) {
      const [slot, digest] = [first + i, digests[i] as number];
      if (slot < this.history.below || this.history.find(ballot, slot, entry, digest) !== undefined) continue;
      for (const other of this.history.in(slot)) {
        if (other.digest === digest || compareSteps(other.ballot, ballot) >= 0) continue;
        const able = other.votes | this.#freeAt(slot, other);
        if (this.history.acceptors.isPhase2(able, other.ballot))
          this.report(
            `${node} ${event}s ${event === 'vote' ? 'for ' : ''}${describeEntry(entry)} in slot ${slot} at ballot ${formatBallot(ballot)}, where at ballot ${formatBallot(other.ballot)} ${describeEntry(other.entry)} is chosen or may be yet: voted for by ${this.#names(other.votes)}, with ${this.#names(able & ~other.votes)} free to`,
          );
      }
      this.history.add(node, ballot, slot, entry, digest);
    }
  }

  /** The acceptors that did not vote there in the slot, and still may: none that is known to have voted later, at a step of this ballot. */
  #freeAt(slot: number, { ballot }: Proposal): number {
    let voted = 0;
    for (const one of this.history.in(slot)) {
      const order = compareSteps(one.ballot, ballot);
      if (order === 0) voted |= one.votes;
      else if (order > 0) voted |= one.told;
    }
    let free = 0;
    const { acceptors } = this.history;
    for (const node of acceptors.quorum.members) {
      const bound = this.#promises.of(node);
      if (!bound.lost && compareBallots(bound.told, ballot) <= 0) free |= acceptors.only(node);
    }
    return free & ~voted;
  }

  #names(set: number): string {
    return this.history.acceptors.members(set).join(', ') || 'nobody';
  }
}
