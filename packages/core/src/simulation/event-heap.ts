/** Something that is due at a time. Owned by one scheduler. */
export interface Entry {
  /** The sequence number under which it is due, or `NOT_DUE`. An older number in the heap is a stale one: skipped when its time comes. */
  sequence: number;
  run(): void;
}

export const NOT_DUE = -1;

/**
 * A binary heap ordered by (time, sequence): what is due earlier comes first, and of what is due together, what was scheduled
 * first. Keys lie in typed arrays beside the entries, so a comparison follows no pointer.
 */
export class EventHeap<E extends Entry> {
  #times = new Float64Array(256);
  #sequences = new Float64Array(256);
  readonly #entries: E[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** When the first entry is due, in µs; Infinity if there is none. */
  get firstTime(): number {
    return this.#entries.length === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  get firstSequence(): number {
    return this.#sequences[0] as number;
  }

  push(time: number, sequence: number, entry: E): void {
    const hole = this.#entries.length;
    if (hole === this.#times.length) this.#grow();
    this.#entries.push(entry);
    this.#up(hole, time, sequence, entry);
  }

  /** Takes the first entry out. There must be one. */
  pop(): E {
    const entries = this.#entries;
    const first = entries[0] as E;
    const last = entries.pop() as E;
    const size = entries.length;
    if (size > 0) this.#down(0, this.#times[size] as number, this.#sequences[size] as number, last);
    return first;
  }

  /** Keeps only the entries that `keep` wants. */
  retain(keep: (entry: E, sequence: number) => boolean): void {
    const entries = this.#entries;
    let kept = 0;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as E;
      if (keep(entry, this.#sequences[i] as number)) this.#put(kept++, this.#times[i] as number, this.#sequences[i] as number, entry);
    }
    entries.length = kept;
    this.#order();
  }

  /** Makes each entry due when `when` says. */
  move(when: (entry: E, time: number) => number): void {
    for (const [i, entry] of this.#entries.entries()) this.#times[i] = when(entry, this.#times[i] as number);
    this.#order();
  }

  #order(): void {
    const entries = this.#entries;
    for (let i = (entries.length >> 1) - 1; i >= 0; i--)
      this.#down(i, this.#times[i] as number, this.#sequences[i] as number, entries[i] as E);
  }

  #put(at: number, time: number, sequence: number, entry: E): void {
    this.#times[at] = time;
    this.#sequences[at] = sequence;
    this.#entries[at] = entry;
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#sequences[to] = this.#sequences[from] as number;
    this.#entries[to] = this.#entries[from] as E;
  }

  #isBefore(at: number, time: number, sequence: number): boolean {
    const other = this.#times[at] as number;
    return other < time || (other === time && (this.#sequences[at] as number) < sequence);
  }

  #up(hole: number, time: number, sequence: number, entry: E): void {
    let at = hole;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isBefore(parent, time, sequence)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, time, sequence, entry);
  }

  #down(hole: number, time: number, sequence: number, entry: E): void {
    const size = this.#entries.length;
    let at = hole;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#isBefore(right, this.#times[child] as number, this.#sequences[child] as number)) child = right;
      if (!this.#isBefore(child, time, sequence)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, time, sequence, entry);
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
    const sequences = new Float64Array(this.#sequences.length * 2);
    sequences.set(this.#sequences);
    this.#sequences = sequences;
  }
}
