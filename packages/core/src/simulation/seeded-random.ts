import { type Random, randomBelow } from '../actor/random.js';

/**
 * A generator that gives the same integers for the same seed on every machine (sfc32: C. Doty-Humphrey, PractRand).
 *
 * `split` gives each concern its own stream, drawn from the seed and a label alone: what one concern draws, and whether it is
 * there at all, never shifts what another gets.
 */
export class SeededRandom implements Random {
  readonly #high: number;
  readonly #low: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed`: a non-negative integer below 2^53. */
  constructor(seed: number);
  constructor(low: number, high: number);
  constructor(low: number, high = Math.floor(low / 0x1_0000_0000)) {
    this.#low = low | 0;
    this.#high = high | 0;
    this.#a = this.#low;
    this.#b = this.#high;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An independent generator. The same label always gives the same one, however much was drawn from this. */
  split(label: string): SeededRandom {
    let low = this.#low ^ 0x85ebca6b;
    let high = this.#high ^ 0xc2b2ae35;
    for (let i = 0; i < label.length; i++) {
      const unit = label.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x9e3779b1);
      high = Math.imul(high ^ unit, 0x5f356495);
      low ^= high >>> 15;
      high ^= low >>> 13;
    }
    return new SeededRandom(Math.imul(low ^ (high >>> 16), 0x85ebca6b), Math.imul(high ^ (low >>> 13), 0xc2b2ae35));
  }

  /** A uniform integer in [0, bound). */
  below(bound: number): number {
    return randomBelow(this, bound);
  }

  /** A uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `perMille` of 1000 cases. */
  chance(perMille: number): boolean {
    return perMille > 0 && this.below(1000) < perMille;
  }

  /** One of `list`, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('pick: the list is empty');
    return list[this.below(list.length)] as T;
  }

  /** A new list in a uniform order. */
  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }
}
