/** When a key goes. Never changed: a new deadline is a new object, so that a frozen view of the keys keeps the old one. */
export class Deadline {
  /** Its place in the heap; the heap's own. */
  index = -1;

  constructor(
    readonly key: string,
    /** Log time, ms. */
    readonly at: number,
  ) {}
}

/** A total order, so that all replicas sweep up the same keys first. */
const before = (x: Deadline, y: Deadline): boolean => x.at < y.at || (x.at === y.at && x.key < y.key);

/** The deadlines of all keys: a binary heap that knows where each stands, so that one that no longer counts leaves at once. */
export class Deadlines {
  readonly #heap: Deadline[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The next to come. */
  get first(): Deadline | undefined {
    return this.#heap[0];
  }

  add(deadline: Deadline): void {
    this.#heap.push(deadline);
    this.#up(deadline, this.#heap.length - 1);
  }

  remove(deadline: Deadline): void {
    const last = this.#heap.pop()!;
    if (last === deadline) return;
    const hole = deadline.index;
    if (before(last, deadline)) this.#up(last, hole);
    else this.#down(last, hole);
  }

  #up(deadline: Deadline, from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above]!;
      if (!before(deadline, parent)) break;
      this.#place(parent, index);
      index = above;
    }
    this.#place(deadline, index);
  }

  #down(deadline: Deadline, from: number): void {
    const heap = this.#heap;
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++;
      const child = heap[below]!;
      if (!before(child, deadline)) break;
      this.#place(child, index);
      index = below;
    }
    this.#place(deadline, index);
  }

  #place(deadline: Deadline, index: number): void {
    this.#heap[index] = deadline;
    deadline.index = index;
  }
}
