import { type Entry, EntryType, sizeOfEntry } from '../../replication/entry.js';
import type { QuorumSystem } from '../quorum.js';
import { BURST_BYTES, PIECE_BYTES } from './sizes.js';

interface Proposal {
  readonly entry: Entry;
  readonly votes: Set<string>;
  chosen: boolean;
  sentAt: number;
}

/** Consecutive slots to propose again. */
export interface Range {
  readonly first: number;
  readonly entries: readonly Entry[];
}

/** Phase 2 of one ballot, pipelined: one proposal a slot, and the votes for it. (Paxos Made Moderately Complex §2.2, "commander") */
export class Commander {
  readonly #open = new Map<number, Proposal>();
  readonly #requests = new Set<string>();
  #commit: number;
  #next: number;
  #bytes = 0;

  /** Everything below `first` is chosen. */
  constructor(
    first: number,
    private readonly quorum: QuorumSystem,
  ) {
    this.#commit = first;
    this.#next = first;
  }

  /** Everything below it is chosen. */
  get commit(): number {
    return this.#commit;
  }

  /** The slot of the next proposal. */
  get next(): number {
    return this.#next;
  }

  /** Proposed and not yet below `commit`: slots and bytes. */
  get openSlots(): number {
    return this.#open.size;
  }
  get openBytes(): number {
    return this.#bytes;
  }

  /** Whether this very batch is being proposed already: the client was impatient. */
  isOpen(session: number, seq: number): boolean {
    return this.#requests.has(`${session}:${seq}`);
  }

  /** Gives a slot, the next unless said, to `entry`: the only value that this ballot ever proposes there. */
  propose(entry: Entry, now: number, slot = this.#next): void {
    this.#put(slot, { entry, votes: new Set(), chosen: false, sentAt: now });
  }

  /** `entry` was chosen in the slot without a proposal of this ballot. Returns as `accepted` does. */
  learn(slot: number, entry: Entry): readonly Entry[] {
    if (slot < this.#commit || this.#open.get(slot)?.chosen) return [];
    this.#forget(slot);
    this.#put(slot, { entry, votes: new Set(), chosen: true, sentAt: 0 });
    return this.#advance();
  }

  /** Whether the slot has its value: chosen, or proposed. */
  has(slot: number): boolean {
    return slot < this.#commit || this.#open.has(slot);
  }

  /** Counts votes at exactly this ballot; returns the entries that this makes the chosen prefix longer by. */
  accepted(node: string, first: number, count: number): readonly Entry[] {
    const end = Math.min(first + count, this.#next);
    for (let slot = Math.max(first, this.#commit); slot < end; slot++) {
      const proposal = this.#open.get(slot);
      if (proposal === undefined || proposal.chosen) continue;
      proposal.votes.add(node);
      proposal.chosen = this.quorum.isPhase2(proposal.votes);
    }
    return this.#advance();
  }

  /** Everything below `below` is chosen and forgotten elsewhere: nothing to do there. Returns as `accepted` does, from `below` on. */
  skip(below: number): readonly Entry[] {
    for (; this.#commit < below && this.#commit < this.#next; this.#commit++) this.#forget(this.#commit);
    if (this.#commit < below) {
      this.#commit = below;
      this.#next = below;
    }
    return this.#advance();
  }

  /** What was sent before `before` and lacks this node's vote, in consecutive ranges: no more at a time than a link can carry. */
  unanswered(node: string, before: number): readonly Range[] {
    const ranges: { first: number; entries: Entry[]; bytes: number }[] = [];
    let bytes = 0;
    for (const [slot, { entry, votes, chosen, sentAt }] of this.#open) {
      if (chosen || sentAt > before || votes.has(node)) continue;
      if (bytes >= BURST_BYTES) break;
      const size = sizeOfEntry(entry);
      bytes += size;
      const last = ranges.at(-1);
      if (last !== undefined && last.first + last.entries.length === slot && last.bytes < PIECE_BYTES) {
        last.entries.push(entry);
        last.bytes += size;
      } else ranges.push({ first: slot, entries: [entry], bytes: size });
    }
    return ranges;
  }

  /** These slots were sent again at `now`. */
  sent(first: number, count: number, now: number): void {
    for (let slot = first; slot < first + count; slot++) {
      const proposal = this.#open.get(slot);
      if (proposal !== undefined) proposal.sentAt = now;
    }
  }

  #put(slot: number, proposal: Proposal): void {
    const { entry } = proposal;
    this.#open.set(slot, proposal);
    this.#next = Math.max(this.#next, slot + 1);
    this.#bytes += sizeOfEntry(entry);
    if (entry.type === EntryType.Batch) this.#requests.add(`${entry.session}:${entry.seq}`);
  }

  #advance(): readonly Entry[] {
    const chosen: Entry[] = [];
    for (let proposal = this.#open.get(this.#commit); proposal?.chosen; proposal = this.#open.get(this.#commit)) {
      chosen.push(proposal.entry);
      this.#forget(this.#commit++);
    }
    return chosen;
  }

  #forget(slot: number): void {
    const entry = this.#open.get(slot)?.entry;
    if (entry === undefined) return;
    this.#open.delete(slot);
    this.#bytes -= sizeOfEntry(entry);
    if (entry.type === EntryType.Batch) this.#requests.delete(`${entry.session}:${entry.seq}`);
  }
}
