import { type Entry, sizeOfEntry } from '../../replication/entry.js';

/** Decided entries that came before those below them. Bounded in slots and bytes; what is not taken must be asked for again. */
export class EarlyEntries {
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;

  constructor(
    private readonly mostSlots: number,
    private readonly mostBytes: number,
  ) {}

  /** False if there is no room for it. */
  add(slot: number, entry: Entry): boolean {
    if (this.#entries.has(slot)) return true;
    const bytes = sizeOfEntry(entry);
    if (this.#entries.size >= this.mostSlots || this.#bytes + bytes > this.mostBytes) return false;
    this.#entries.set(slot, entry);
    this.#bytes += bytes;
    return true;
  }

  /** The entry of the slot, if it is here; then no longer. */
  take(slot: number): Entry | undefined {
    if (this.#entries.size === 0) return undefined;
    const entry = this.#entries.get(slot);
    if (entry === undefined) return undefined;
    this.#entries.delete(slot);
    this.#bytes -= sizeOfEntry(entry);
    return entry;
  }

  forgetBelow(slot: number): void {
    for (const old of this.#entries.keys()) if (old < slot) this.take(old);
  }
}
