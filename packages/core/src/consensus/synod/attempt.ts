import { type Ballot, compareBallots, NO_BALLOT } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { Promise1b } from './messages.js';

/**
 * One ballot of a proposer, both phases. (Paxos Made Simple §2.2; `docs/protocols.md` §2, rules 3 to 5) Answers are kept by who gave
 * them, so one that comes twice counts once.
 */
export class Attempt {
  readonly #promised = new Set<string>();
  readonly #voted = new Set<string>();
  #highest = NO_BALLOT;
  #found: Uint8Array | undefined;
  #complete = false;
  #value: Uint8Array | undefined;
  /** Somebody promised a higher ballot. This one may be chosen all the same, if enough had voted before. */
  preempted = false;

  constructor(
    readonly ballot: Ballot,
    readonly nonce: number,
    private readonly quorum: QuorumSystem,
  ) {}

  /** The vote of the highest ballot that a phase-1 quorum told of: where something was chosen, or may be, it is this. */
  get found(): Uint8Array | undefined {
    return this.#found;
  }

  /** What it proposes; undefined in phase 1. */
  get value(): Uint8Array | undefined {
    return this.#value;
  }

  /** Whether this acceptor has answered in the present phase. */
  has(node: string): boolean {
    return (this.#value === undefined ? this.#promised : this.#voted).has(node);
  }

  /** An answer to this phase 1. True when it makes the quorum complete; later ones change nothing. */
  promise(node: string, { voted, value }: Promise1b): boolean {
    if (this.#complete) return false;
    this.#promised.add(node);
    if (compareBallots(voted, this.#highest) > 0) {
      this.#highest = voted;
      this.#found = value;
    }
    this.#complete = this.quorum.isPhase1(this.#promised);
    return this.#complete;
  }

  /** Fixes the one value of this ballot. */
  propose(value: Uint8Array): void {
    this.#value = value;
  }

  /** A vote at this ballot. True once a phase-2 quorum has voted. */
  accepted(node: string): boolean {
    this.#voted.add(node);
    return this.quorum.isPhase2(this.#voted);
  }
}
