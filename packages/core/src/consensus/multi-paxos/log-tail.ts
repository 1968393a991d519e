import { type Entry, sizeOfEntry } from '../../replication/entry.js';

/** The newest executed entries, for learners that are a little behind. Bounded in bytes; who is further behind takes a snapshot. */
export class LogTail {
  readonly #entries = new Map<number, Entry>();
  #first: number;
  #next: number;
  #bytes = 0;

  constructor(
    next: number,
    private readonly mostSlots: number,
    private readonly mostBytes: number,
  ) {
    this.#first = next;
    this.#next = next;
  }

  /** Entries from here on are kept. */
  get first(): number {
    return this.#first;
  }

  push(entry: Entry): void {
    this.#entries.set(this.#next++, entry);
    this.#bytes += sizeOfEntry(entry);
    while (this.#entries.size > this.mostSlots || (this.#bytes > this.mostBytes && this.#entries.size > 1)) {
      this.#bytes -= sizeOfEntry(this.#entries.get(this.#first) as Entry);
      this.#entries.delete(this.#first++);
    }
  }

  /** After a snapshot was installed: nothing below `next` is kept. */
  reset(next: number): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#first = next;
    this.#next = next;
  }

  /** Entries from `slot` on, up to about `bytes`. */
  from(slot: number, bytes: number): readonly Entry[] {
    const entries: Entry[] = [];
    for (let size = 0; size < bytes && slot < this.#next; slot++) {
      const entry = this.#entries.get(slot) as Entry;
      entries.push(entry);
      size += sizeOfEntry(entry);
    }
    return entries;
  }
}
