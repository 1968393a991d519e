/** Whether a line was written; `highest`: the highest token seen so far. */
export interface Written {
  readonly accepted: boolean;
  readonly highest: number;
}

/**
 * What the lock protects: lines, written by one at a time. The fence: who comes with a token below the highest seen had the lock
 * before somebody who has written since, and is refused, however late it is and whatever it believes. A real one keeps the
 * highest token with its data, in the same transaction.
 */
export class FencedLedger {
  readonly lines: string[] = [];
  #highest = 0;

  write(token: number, line: string): Written {
    const accepted = token >= this.#highest;
    if (accepted) {
      this.#highest = token;
      this.lines.push(line);
    }
    return { accepted, highest: this.#highest };
  }
}
