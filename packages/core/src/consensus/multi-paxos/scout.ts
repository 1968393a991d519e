import type { Entry } from '../../replication/entry.js';
import type { Ballot } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { Prepare, Promise1b } from './messages.js';
import { HighestVotes, type Picks } from './picks.js';

/** What a completed phase 1 has found. */
export interface Findings {
  /** Everything below it is chosen, and known to the learner of this leader or in the snapshots of others. */
  readonly first: number;
  /** For each slot from `first` on that anyone voted in: what is proposed there. */
  readonly votes: ReadonlyMap<number, Entry>;
  /** Above every slot of `votes`. */
  readonly end: number;
}

/** No honest vote is further ahead: a window of the log is far smaller. */
const FURTHEST = 2 ** 26;

/**
 * Phase 1 of one ballot, for all open slots at once. (Paxos Made Moderately Complex §2.2, "scout") Open are all slots that the
 * learner of this leader has not executed, those included that are chosen already: proposing them again is how a value that only
 * votes remember comes to be learned.
 */
export class Scout {
  /** The pieces that have come of each node's answer. */
  readonly #received = new Map<string, { readonly answer: string; readonly pieces: Set<number> }>();
  readonly #complete = new Set<string>();
  /** Everything below it is chosen, as this leader or a member of the quorum knows. */
  #chosen: number;
  /** Everything below it a member has forgotten. */
  #truncated = 0;

  /** Everything below `from` is chosen, and executed here. */
  constructor(
    readonly ballot: Ballot,
    private readonly nonce: number,
    private readonly from: number,
    private readonly quorum: QuorumSystem,
    private readonly picks: Picks = new HighestVotes(),
  ) {
    this.#chosen = from;
  }

  get prepare(): Prepare {
    const { ballot, nonce, from } = this;
    return { kind: 'prepare', ballot, nonce, from };
  }

  has(node: string): boolean {
    return this.#complete.has(node);
  }

  /** A promise, or a piece of one, for exactly this ballot; none if it was told to another phase 1. Returns what was found once a phase-1 quorum has answered in whole. */
  promise(node: string, { nonce, life, chunk, chunks, chosen, truncated, votes }: Promise1b): Findings | undefined {
    if (nonce !== this.nonce || chunk >= chunks) return undefined;
    const answer = `${life} ${chunks} ${truncated}`;
    let received = this.#received.get(node);
    // An acceptor that restarted meanwhile may cut its votes in other pieces: those of two answers do not make a whole.
    if (received?.answer !== answer) this.#received.set(node, (received = { answer, pieces: new Set() }));
    received.pieces.add(chunk);
    this.#chosen = Math.max(this.#chosen, chosen, truncated);
    this.#truncated = Math.max(this.#truncated, truncated);
    for (const vote of votes) if (vote.slot - this.from <= FURTHEST) this.picks.add(node, vote);
    if (received.pieces.size < chunks) return undefined;
    this.#complete.add(node);
    return this.quorum.isPhase1(this.#complete) ? this.#findings() : undefined;
  }

  #findings(): Findings {
    const picks = this.picks.made(this.#complete);
    // Where a member has forgotten a slot, the votes of the others prove nothing; but then snapshots hold it.
    let first = Math.max(this.from, this.#truncated);
    // A slot that is chosen is never a gap to fill, whatever is missing here.
    for (let slot = first; slot < this.#chosen; slot++) if (!picks.has(slot)) first = slot + 1;
    const votes = new Map<number, Entry>();
    let end = first;
    for (const [slot, entry] of picks) {
      if (slot < first) continue;
      votes.set(slot, entry);
      end = Math.max(end, slot + 1);
    }
    return { first, votes, end };
  }
}
