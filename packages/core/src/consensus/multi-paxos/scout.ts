import type { Entry } from '../../replication/entry.js';
import { type Ballot, compareBallots, NO_BALLOT } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { Promise1b } from './messages.js';

/** What a completed phase 1 has found. */
export interface Findings {
  /** Everything below it is chosen. */
  readonly chosen: number;
  /**
   * The values of the slots from `learned.first` up to `chosen`. Where a slot is chosen, the vote of the highest ballot in a
   * phase-1 quorum carries the chosen value, provided that no member has forgotten the slot.
   */
  readonly learned: { readonly first: number; readonly entries: readonly Entry[] };
  /** For each slot at or above `chosen` that anyone voted in: the entry of the highest ballot, which is the only one that may be chosen. */
  readonly votes: ReadonlyMap<number, Entry>;
  /** Above every slot of `votes`. */
  readonly end: number;
}

/** Phase 1 of one ballot, for all open slots at once. (Paxos Made Moderately Complex §2.2, "scout") */
export class Scout {
  /** The pieces that have come of each node's answer. */
  readonly #received = new Map<string, { readonly chunks: number; readonly truncated: number; readonly pieces: Set<number> }>();
  readonly #complete = new Set<string>();
  readonly #best = new Map<number, { ballot: Ballot; entry: Entry }>();
  #chosen: number;
  #truncated = 0;

  /** Everything below `from` is chosen, and known here. */
  constructor(
    readonly ballot: Ballot,
    readonly from: number,
    private readonly quorum: QuorumSystem,
  ) {
    this.#chosen = from;
  }

  has(node: string): boolean {
    return this.#complete.has(node);
  }

  /** A promise, or a piece of one, for exactly this ballot. Returns what was found once a phase-1 quorum has answered in whole. */
  promise(node: string, { chunk, chunks, chosen, truncated, votes }: Promise1b): Findings | undefined {
    let received = this.#received.get(node);
    // An acceptor that restarted meanwhile may cut its votes in other pieces: those of two answers do not make a whole.
    if (received?.chunks !== chunks || received.truncated !== truncated)
      this.#received.set(node, (received = { chunks, truncated, pieces: new Set() }));
    received.pieces.add(chunk);
    this.#chosen = Math.max(this.#chosen, chosen, truncated);
    this.#truncated = Math.max(this.#truncated, truncated);
    for (const { slot, ballot, entry } of votes) {
      const best = this.#best.get(slot)?.ballot ?? NO_BALLOT;
      if (compareBallots(ballot, best) > 0) this.#best.set(slot, { ballot, entry });
    }
    if (received.pieces.size < chunks) return undefined;
    this.#complete.add(node);
    return this.quorum.isPhase1(this.#complete) ? this.#findings() : undefined;
  }

  #findings(): Findings {
    const votes = new Map<number, Entry>();
    let end = this.#chosen;
    for (const [slot, { entry }] of this.#best) {
      if (slot < this.#chosen) continue;
      votes.set(slot, entry);
      end = Math.max(end, slot + 1);
    }
    const first = Math.max(this.from, this.#truncated);
    const entries: Entry[] = [];
    for (let slot = first; slot < this.#chosen; slot++) {
      const best = this.#best.get(slot);
      if (best === undefined) throw new Error(`slot ${slot} is said to be chosen, but a phase-1 quorum holds no vote for it`);
      entries.push(best.entry);
    }
    return { chosen: this.#chosen, learned: { first, entries }, votes, end };
  }
}
