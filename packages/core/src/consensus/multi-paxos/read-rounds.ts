import type { Read } from './messages.js';

interface Round {
  readonly round: number;
  /** The commit index when the reads arrived. */
  readonly commit: number;
  readonly reads: readonly Read[];
}

/** Reads that are confirmed. `end`: above all that those who confirmed them had voted for. */
export interface Confirmed extends Round {
  readonly end: number;
}

interface Answer {
  readonly round: number;
  readonly end: number;
}

/**
 * Read index: a read that arrived before a heartbeat was sent may be served from the commit index of then, once a phase-2 quorum
 * has answered that heartbeat: it meets every phase-1 quorum, so no higher ballot had chosen anything. (`docs/protocols.md`
 * §4.3 b; Ongaro, Consensus §6.4)
 */
export class ReadRounds {
  readonly #answered = new Map<string, Answer>();
  #waiting: Round[] = [];
  /** Of the newest heartbeat. */
  #round = 0;

  constructor(private readonly isReadQuorum: (nodes: ReadonlySet<string>) => boolean) {}

  /** Numbers a new heartbeat, to be sent after this call, that confirms `reads`. */
  begin(reads: readonly Read[], commit: number): number {
    const round = ++this.#round;
    if (reads.length > 0) this.#waiting.push({ round, commit, reads });
    return round;
  }

  /** An answer to heartbeat `round`; returns what it confirms, or undefined if it is an old one, replayed. */
  heard(node: string, round: number, end: number): readonly Confirmed[] | undefined {
    if (round > this.#round || round <= (this.#answered.get(node)?.round ?? 0)) return undefined;
    this.#answered.set(node, { round, end });
    if (this.#waiting.length === 0) return [];
    const confirmed: Confirmed[] = [];
    while (this.#waiting.length > 0) {
      const oldest = this.#waiting[0] as Round;
      const nodes = new Set<string>();
      let end = 0;
      for (const [other, answer] of this.#answered)
        if (answer.round >= oldest.round) {
          nodes.add(other);
          end = Math.max(end, answer.end);
        }
      if (!this.isReadQuorum(nodes)) break;
      confirmed.push({ ...oldest, end });
      this.#waiting.shift();
    }
    return confirmed;
  }
}
