/** What became of every write, and when. */
export class Journal {
  readonly keys: string[] = [];
  readonly unknownKeys: string[] = [];
  refusals = 0;
  #last: number | undefined;
  #longestGap = 0;
  readonly #recoveries: { since: number; resolve: (ms: number) => void }[] = [];

  /** `sent` is when it was sent, ms. */
  acknowledged(key: string, sent: number): void {
    const now = performance.now();
    this.keys.push(key);
    if (this.#last !== undefined) this.#longestGap = Math.max(this.#longestGap, now - this.#last);
    this.#last = now;
    for (let i = this.#recoveries.length - 1; i >= 0; i--) {
      const { since, resolve } = this.#recoveries[i]!;
      if (sent < since) continue;
      this.#recoveries.splice(i, 1);
      resolve(now - since);
    }
  }

  unknown(key: string): void {
    this.unknownKeys.push(key);
  }

  refused(): void {
    this.refusals++;
  }

  /** ms from now until a write that is sent from now on is acknowledged. */
  recovery(): Promise<number> {
    const since = performance.now();
    return new Promise((resolve) => this.#recoveries.push({ since, resolve }));
  }

  /** The longest time, ms, between two acknowledgements one after the other; the next call tells of those since this one. */
  takeLongestGap(): number {
    const gap = this.#longestGap;
    this.#longestGap = 0;
    return gap;
  }
}
