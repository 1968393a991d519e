import { type Entry, sameEntry, sizeOfEntry } from '../../replication/entry.js';
import { type Ballot, ballotOf, compareBallots, compareSteps, NO_BALLOT, type Step, sameBallot, sameStep } from '../ballot.js';
import type { Vote } from './messages.js';
import { PIECE_BYTES } from './sizes.js';

/** What consecutive proposals are to the votes that stand: a repetition was voted for in whole, at the same ballot. */
export type Novelty = 'new' | 'repetition' | 'contradiction';

/**
 * An acceptor's log: the last vote of each slot, how much of it is known to be chosen, and how much was forgotten since. (Paxos
 * Made Moderately Complex §2.2, "accepted", of which §4.1 keeps the highest ballot of each slot)
 */
export class VotedLog {
  readonly #votes = new Map<number, Vote>();
  #bytes = 0;
  /** Above every slot that was voted in at this ballot, the highest. */
  #end = { ballot: NO_BALLOT, slot: 0 };
  #commit = 0;
  #commitBallot = NO_BALLOT;
  #truncatedBelow = 0;

  /** Everything below it is chosen, as the leader of `commitBallot` said. */
  get commit(): number {
    return this.#commit;
  }
  get commitBallot(): Ballot {
    return this.#commitBallot;
  }

  /** Everything below it is chosen, held in durable snapshots, and forgotten here. */
  get truncatedBelow(): number {
    return this.#truncatedBelow;
  }

  /** Votes that are kept: how many, what they take, and themselves, in the order of the first vote of each slot. */
  get size(): number {
    return this.#votes.size;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get votes(): Iterable<Vote> {
    return this.#votes.values();
  }

  /** Above every slot that was voted in at `ballot`; 0 if none was, or a higher ballot was voted at since. */
  endAt(ballot: Ballot): number {
    return sameBallot(this.#end.ballot, ballot) ? this.#end.slot : 0;
  }

  /** The last vote of the slot, if it is kept. */
  get(slot: number): Vote | undefined {
    return this.#votes.get(slot);
  }

  noveltyOf(ballot: Step, first: number, entries: readonly Entry[]): Novelty {
    let novelty: Novelty = 'repetition';
    for (let i = 0; i < entries.length; i++) {
      const held = this.#votes.get(first + i);
      if (held === undefined || !sameStep(held.ballot, ballot)) novelty = 'new';
      else if (!sameEntry(held.entry, entries[i] as Entry)) return 'contradiction';
    }
    return novelty;
  }

  vote(ballot: Step, slot: number, entry: Entry): void {
    const held = this.#votes.get(slot);
    if (held !== undefined) this.#bytes -= sizeOfEntry(held.entry);
    this.#bytes += sizeOfEntry(entry);
    this.#votes.set(slot, { slot, ballot, entry });
    const order = compareBallots(ballot, this.#end.ballot);
    if (order > 0) this.#end = { ballot: ballotOf(ballot), slot: slot + 1 };
    else if (order === 0) this.#end.slot = Math.max(this.#end.slot, slot + 1);
  }

  /** The leader of `ballot` says that everything below `commit` is chosen. */
  learnCommit(ballot: Ballot, commit: number): void {
    if (commit <= this.#commit) return;
    this.#commit = commit;
    this.#commitBallot = ballot;
  }

  /** Forgets what is below `below`, unless it is not known to be chosen. True if that is more than was forgotten before. */
  truncate(below: number): boolean {
    if (below <= this.#truncatedBelow || below > this.#commit) return false;
    // An acceptor that was away holds few of the slots that it now skips: the fewer are gone through.
    if (this.#votes.size < below - this.#truncatedBelow) {
      for (const slot of this.#votes.keys()) if (slot < below) this.#forget(slot);
    } else {
      for (let slot = this.#truncatedBelow; slot < below; slot++) this.#forget(slot);
    }
    this.#truncatedBelow = below;
    return true;
  }

  /** The votes from slot `from` on, chosen or not, in pieces: one at least. */
  piecesFrom(from: number): readonly (readonly Vote[])[] {
    let piece: Vote[] = [];
    const pieces = [piece];
    let bytes = 0;
    for (const vote of this.#votes.values()) {
      if (vote.slot < from) continue;
      if (bytes > PIECE_BYTES) {
        pieces.push((piece = []));
        bytes = 0;
      }
      piece.push(vote);
      bytes += sizeOfEntry(vote.entry);
    }
    return pieces;
  }

  /**
   * Decided entries from `first` on, up to a gap or to a piece's size; `more` if it was the size. That a slot is chosen does not
   * say that this vote is the one: only a vote at the ballot of whoever said so, or above, is sure to be (`docs/protocols.md`
   * S4.2).
   */
  decidedFrom(first: number): { readonly entries: readonly Entry[]; readonly more: boolean } {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let slot = first; slot < this.#commit; slot++) {
      if (bytes >= PIECE_BYTES) return { entries, more: true };
      const vote = this.#votes.get(slot);
      if (vote === undefined || compareSteps(vote.ballot, this.#commitBallot) < 0) break;
      entries.push(vote.entry);
      bytes += sizeOfEntry(vote.entry);
    }
    return { entries, more: false };
  }

  #forget(slot: number): void {
    const held = this.#votes.get(slot);
    if (held === undefined) return;
    this.#bytes -= sizeOfEntry(held.entry);
    this.#votes.delete(slot);
  }
}
