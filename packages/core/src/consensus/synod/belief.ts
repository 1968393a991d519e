import { type Random, randomBelow } from '../../actor/random.js';

/**
 * Which proposer to turn to: the one that another named, that of the own node, or one after the other. A hint: any of them would do,
 * but two at once disturb each other. (`docs/protocols.md` §2, S2.1)
 */
export class ProposerBelief {
  #named: string | undefined;
  #turn: number;
  readonly #inTurn: readonly string[];

  constructor(
    own: string,
    private readonly proposers: readonly string[],
    random: Random,
  ) {
    const others = proposers.filter((node) => node !== own);
    this.#inTurn = proposers.includes(own) ? [own, ...others] : others;
    this.#turn = proposers.includes(own) ? 0 : randomBelow(random, others.length);
  }

  /** Somebody names one. False if it was known already, or is none. */
  told(node: string): boolean {
    if (node === this.#named || !this.proposers.includes(node)) return false;
    this.#named = node;
    return true;
  }

  /** The proposer to ask now. Who is asked again has not been answered, and turns to another. */
  next(): string {
    const named = this.#named;
    this.#named = undefined;
    return named ?? (this.#inTurn[this.#turn++ % this.#inTurn.length] as string);
  }
}
