import type { Entry } from '../../replication/entry.js';
import { compareSteps, type Step, sameStep } from '../ballot.js';
import type { VoteEvent } from '../trace-events.js';
import type { AcceptorSets } from './acceptor-sets.js';
import { digestsOf } from './entries.js';
import type { Memory, Told } from './testimony.js';

/** What a ballot proposes in a slot, and who voted for it. */
export interface Proposal {
  readonly ballot: Step;
  readonly entry: Entry;
  readonly digest: number;
  /** Who proposed it, or, where that was not seen, voted for it first. */
  readonly node: string;
  /** The acceptors that voted for it, less those that a crash made forget it before anybody heard. */
  votes: number;
  /** Those that somebody has heard say so. */
  told: number;
}

type EachVote = (slot: number, proposal: Proposal) => void;

const NONE: readonly Proposal[] = [];

/**
 * All proposals and votes that were ever made, by slot: what "chosen" and "can still be chosen" are about (Lamport, Paxos Made
 * Simple, §2.2). What every acceptor has truncated is let go.
 */
export class VoteHistory {
  readonly #slots = new Map<number, Proposal[]>();
  /** By acceptor. */
  readonly #truncated = new Map<string, number>();
  #below = 0;

  constructor(readonly acceptors: AcceptorSets) {}

  /** Nothing is known of slots below it any more. */
  get below(): number {
    return this.#below;
  }

  /** In the order in which they were first seen. */
  in(slot: number): readonly Proposal[] {
    return this.#slots.get(slot) ?? NONE;
  }

  /** The same proposal, seen before. */
  find(ballot: Step, slot: number, entry: Entry, digest: number): Proposal | undefined {
    const proposals = this.#slots.get(slot);
    if (proposals === undefined) return undefined;
    for (let i = proposals.length - 1; i >= 0; i--) {
      const one = proposals[i] as Proposal;
      if (sameStep(one.ballot, ballot) && (one.entry === entry || one.digest === digest)) return one;
    }
    return undefined;
  }

  /** A proposal that was not seen before. */
  add(node: string, ballot: Step, slot: number, entry: Entry, digest: number): Proposal {
    const proposal: Proposal = { ballot, entry, digest, node, votes: 0, told: 0 };
    if (slot < this.#below) return proposal;
    const proposals = this.#slots.get(slot);
    if (proposals === undefined) this.#slots.set(slot, [proposal]);
    else proposals.push(proposal);
    return proposal;
  }

  /** An acceptor votes. */
  vote(node: string, { ballot, first, entries }: VoteEvent, each?: EachVote): void {
    const voter = this.acceptors.only(node);
    const digests = digestsOf(entries);
    for (const [i, entry] of entries.entries()) {
      const [slot, digest] = [first + i, digests[i] as number];
      const proposal = this.find(ballot, slot, entry, digest) ?? this.add(node, ballot, slot, entry, digest);
      proposal.votes |= voter;
      each?.(slot, proposal);
    }
  }

  /** Somebody hears what an acceptor says of itself. `each` is given the votes among it that were seen. */
  hear(node: string, { ballot, first, count }: Told, each?: EachVote): void {
    if (first === undefined || count === undefined) return;
    for (let slot = first; slot < first + count; slot++) {
      const proposal = this.tell(node, ballot, slot);
      if (proposal !== undefined) each?.(slot, proposal);
    }
  }

  /** Somebody hears of one vote. Undefined if none was seen. */
  tell(node: string, ballot: Step, slot: number): Proposal | undefined {
    const proposals = this.#slots.get(slot);
    if (proposals === undefined) return undefined;
    const voter = this.acceptors.only(node);
    for (let i = proposals.length - 1; i >= 0; i--) {
      const one = proposals[i] as Proposal;
      if ((one.votes & voter) === 0 || !sameStep(one.ballot, ballot)) continue;
      one.told |= voter;
      return one;
    }
    return undefined;
  }

  /** An acceptor begins a life: votes that it does not find and that nobody heard of were never cast. */
  began(node: string, { votes, truncatedBelow }: Memory): void {
    const voter = this.acceptors.only(node);
    const found = new Map<number, Step>();
    for (const { slot, ballot } of votes) found.set(slot, ballot);
    for (const [slot, proposals] of this.#slots) {
      if (slot < truncatedBelow) continue;
      const last = found.get(slot);
      for (const one of proposals)
        if ((one.told & voter) === 0 && (last === undefined || compareSteps(last, one.ballot) < 0)) one.votes &= ~voter;
    }
  }

  /** An acceptor forgets what is below `below`. */
  truncated(node: string, below: number): void {
    if (this.acceptors.only(node) === 0) return;
    this.#truncated.set(node, below);
    const { members } = this.acceptors.quorum;
    if (this.#truncated.size < members.length) return;
    const everywhere = Math.min(...this.#truncated.values());
    for (; this.#below < everywhere; this.#below++) this.#slots.delete(this.#below);
  }
}
