import type { QuorumSystem } from '../quorum.js';
import type { Read } from './messages.js';

interface Round {
  readonly round: number;
  /** The commit index when the reads arrived. */
  readonly index: number;
  readonly reads: readonly Read[];
}

/**
 * Read index: a read that arrived before a heartbeat was sent may be served from the commit index of then, once a phase-2 quorum
 * has answered that heartbeat: it meets every phase-1 quorum, so no higher ballot had chosen anything. (`docs/protocols.md`
 * §4.3 b; Ongaro, Consensus §6.4)
 */
export class ReadRounds {
  readonly #answered = new Map<string, number>();
  #waiting: Round[] = [];
  /** Of the newest heartbeat. */
  #round = 0;

  constructor(private readonly quorum: QuorumSystem) {}

  /** Numbers a new heartbeat, to be sent after this call, that confirms `reads`. */
  begin(reads: readonly Read[], index: number): number {
    const round = ++this.#round;
    if (reads.length > 0) this.#waiting.push({ round, index, reads });
    return round;
  }

  /** An answer to heartbeat `round`; returns the rounds that it confirms, or undefined if it is an old one, replayed. */
  heard(node: string, round: number): readonly Round[] | undefined {
    if (round > this.#round || round <= (this.#answered.get(node) ?? 0)) return undefined;
    this.#answered.set(node, round);
    if (this.#waiting.length === 0) return [];
    const confirmed: Round[] = [];
    while (this.#waiting.length > 0) {
      const oldest = this.#waiting[0] as Round;
      const nodes = new Set<string>();
      for (const [other, last] of this.#answered) if (last >= oldest.round) nodes.add(other);
      if (!this.quorum.isPhase2(nodes)) break;
      confirmed.push(oldest);
      this.#waiting.shift();
    }
    return confirmed;
  }
}
