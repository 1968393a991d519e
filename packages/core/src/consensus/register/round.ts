import { type Ballot, compareBallots, NO_BALLOT } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { Accepted, Promised } from './messages.js';

const NOTHING = new Uint8Array();

/** Phase 1 of one ballot: who promised it, and the last that any of them voted for. (`docs/protocols.md` §3.1) */
export class Phase1 {
  readonly #promised = new Set<string>();
  #highest: Ballot = NO_BALLOT;
  #state: Uint8Array = NOTHING;

  constructor(private readonly quorum: QuorumSystem) {}

  has(node: string): boolean {
    return this.#promised.has(node);
  }

  /** The state to go on from, once a quorum has promised. */
  promise(node: string, { accepted, state }: Pick<Promised, 'accepted' | 'state'>): Uint8Array | undefined {
    if (!this.#promised.has(node) && compareBallots(accepted, this.#highest) > 0) {
      this.#highest = accepted;
      this.#state = state;
    }
    this.#promised.add(node);
    return this.quorum.isPhase1(this.#promised) ? this.#state : undefined;
  }
}

/** Phase 2 of one ballot: who voted, and who has promised the next ballot with it. (`docs/protocols.md` §3.3 and §3.4) */
export class Phase2 {
  readonly #accepted = new Set<string>();
  readonly #promisedNext = new Set<string>();

  constructor(
    private readonly quorum: QuorumSystem,
    private readonly next: Ballot,
  ) {}

  has(node: string): boolean {
    return this.#accepted.has(node);
  }

  accepted(node: string, { next }: Pick<Accepted, 'next'>): void {
    this.#accepted.add(node);
    if (next.round !== 0 && compareBallots(next, this.next) === 0) this.#promisedNext.add(node);
  }

  /** What was proposed is chosen. */
  get chosen(): boolean {
    return this.quorum.isPhase2(this.#accepted);
  }

  get unanimous(): boolean {
    return this.#accepted.size === this.quorum.members.length;
  }

  /** It is chosen, and the next ballot has its phase 1 behind it: the same acceptors have voted for nothing since. */
  get prepared(): boolean {
    return this.chosen && this.quorum.isPhase1(this.#promisedNext);
  }
}
