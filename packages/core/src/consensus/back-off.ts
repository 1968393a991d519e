import { type Random, randomBelow } from '../actor/random.js';

/**
 * How long to wait before another attempt where others may be attempting the same: twice as long each time, up to a bound, and drawn
 * by chance, so that of those who disturbed each other one comes to be alone. (`docs/protocols.md` §2, S2.1)
 */
export class BackOff {
  #bound: number;

  /** `least` and `most` in ms. */
  constructor(
    private readonly least: number,
    private readonly most: number,
    private readonly random: Random,
  ) {
    this.#bound = least;
  }

  /** ms to wait now: from half the bound to the whole of it, which grows. */
  next(): number {
    const bound = this.#bound;
    this.#bound = Math.min(2 * bound, this.most);
    return bound / 2 + randomBelow(this.random, Math.ceil(bound / 2) + 1);
  }

  /** The next wait is the shortest again. */
  reset(): void {
    this.#bound = this.least;
  }
}
