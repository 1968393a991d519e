const HEAD = 0;

/** When an operation was called, and when it returned, ms. */
export interface Interval {
  readonly call: number;
  readonly ret: number;
}

/**
 * The calls and returns of the operations that have not been linearized yet, in the order of their times: a doubly linked list
 * from which an operation is lifted when it is linearized, and into which it goes back when that turns out wrong (Wing and Gong,
 * 1993; Lowe, 2017). At the same ms calls stand before returns: the operations are concurrent.
 */
export class EventList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** By event. */
  readonly #operation: Int32Array;
  /** By operation, its events. */
  readonly #call: Int32Array;
  readonly #return: Int32Array;

  /** Operations are known by their place in `intervals`. */
  constructor(private readonly intervals: readonly Interval[]) {
    const size = intervals.length;
    const events = intervals.flatMap(({ call, ret }, operation) => [
      { at: call, returns: 0, operation },
      { at: ret, returns: 1, operation },
    ]);
    events.sort((a, b) => a.at - b.at || a.returns - b.returns || a.operation - b.operation);
    this.#next = Int32Array.from({ length: 2 * size + 1 }, (_, event) => (event < 2 * size ? event + 1 : HEAD));
    this.#previous = Int32Array.from({ length: 2 * size + 1 }, (_, event) => (event > HEAD ? event - 1 : 2 * size));
    this.#operation = new Int32Array(2 * size + 1);
    this.#call = new Int32Array(size);
    this.#return = new Int32Array(size);
    for (const [index, { operation, returns }] of events.entries()) {
      this.#operation[index + 1] = operation;
      (returns === 1 ? this.#return : this.#call)[operation] = index + 1;
    }
  }

  get empty(): boolean {
    return this.#next[HEAD] === HEAD;
  }

  /** The operations of which any may be next: those called before anything that is left returned. In the order of their calls. */
  candidates(): number[] {
    const candidates: number[] = [];
    for (let event = this.#next[HEAD]!; event !== HEAD && !this.#isReturn(event); event = this.#next[event]!)
      candidates.push(this.#operation[event]!);
    return candidates;
  }

  /** When the first of those that are left returned, ms; Infinity if none is left. What is called later cannot be next. */
  get firstReturn(): number {
    let event = this.#next[HEAD]!;
    while (event !== HEAD && !this.#isReturn(event)) event = this.#next[event]!;
    return event === HEAD ? Number.POSITIVE_INFINITY : this.intervals[this.#operation[event]!]!.ret;
  }

  lift(operation: number): void {
    this.#unlink(this.#call[operation]!);
    this.#unlink(this.#return[operation]!);
  }

  /** Only the operation that was lifted last, of those that are lifted, can go back. */
  unlift(operation: number): void {
    this.#relink(this.#return[operation]!);
    this.#relink(this.#call[operation]!);
  }

  #isReturn(event: number): boolean {
    return this.#return[this.#operation[event]!] === event;
  }

  #unlink(event: number): void {
    this.#next[this.#previous[event]!] = this.#next[event]!;
    this.#previous[this.#next[event]!] = this.#previous[event]!;
  }

  #relink(event: number): void {
    this.#next[this.#previous[event]!] = event;
    this.#previous[this.#next[event]!] = event;
  }
}
