import type { NodeWords } from './serve.js';

/** Who leads, by what nodes tell as they begin to: the highest ballot counts, whoever is heard last. */
export class Leadership {
  #round = 0;
  #leader: string | undefined;
  readonly #waiting = new Set<() => void>();

  hear(node: string, word: NodeWords): void {
    if (word.is !== 'leading' || word.round < this.#round || (word.round === this.#round && node < (this.#leader ?? ''))) return;
    this.#round = word.round;
    this.#leader = node;
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves once somebody leads who is not one of these. */
  otherThan(...dead: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#leader === undefined || dead.includes(this.#leader)) return;
        this.#waiting.delete(look);
        resolve(this.#leader);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
