const WORD = 16;
const FULL = 0xffff;

/**
 * Which operations have been linearized. Numbered in the order of their calls, they are all up to some place, and few behind it:
 * so the set has a short text.
 */
export class LinearizedSet {
  readonly #words: Uint16Array;
  /** All words below are full. */
  #low = 0;
  /** All words from here on are empty. */
  #high = 0;

  constructor(size: number) {
    this.#words = new Uint16Array(Math.ceil(size / WORD));
  }

  add(operation: number): void {
    const words = this.#words;
    const at = Math.floor(operation / WORD);
    words[at]! |= 1 << (operation % WORD);
    this.#high = Math.max(this.#high, at + 1);
    while (this.#low < words.length && words[this.#low] === FULL) this.#low++;
  }

  delete(operation: number): void {
    const words = this.#words;
    const at = Math.floor(operation / WORD);
    words[at]! &= ~(1 << (operation % WORD));
    this.#low = Math.min(this.#low, at);
    while (this.#high > 0 && words[this.#high - 1] === 0) this.#high--;
  }

  /** Two sets have the same text if and only if they hold the same. */
  get text(): string {
    let text = String.fromCharCode(this.#low % 0x10000, Math.floor(this.#low / 0x10000));
    for (let i = this.#low; i < this.#high; i++) text += String.fromCharCode(this.#words[i]!);
    return text;
  }
}
