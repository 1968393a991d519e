import type { Applied, Invariant, Observer, Operation, Report } from '../../wiring/observer.js';

/**
 * Linearizable (Herlihy and Wing, 1990), for the list that simulations replicate. Its order is known from the replicas, so no
 * search is needed: the append at place p stands at 2p + 1, a read of length n at 2n, and an operation must not stand before
 * one that had been answered when it was invoked. Appends with unknown outcome count if they were executed.
 */
export const linearizableList: Invariant = { name: 'Linearizable', watch: (report) => new LinearizableList(report) };

class LinearizableList implements Observer {
  /** The furthest standing among the operations answered so far, and which that was. */
  #reached = -1;
  #by = '';
  /** By operation, the furthest standing answered before it was invoked. */
  readonly #floors = new Map<string, { readonly standing: number; readonly by: string }>();
  readonly #executed = new Set<string>();

  constructor(private readonly report: Report) {}

  invoked({ id, op, arg }: Operation): void {
    this.#floors.set(op === 'append' ? (arg as string) : id, { standing: this.#reached, by: this.#by });
  }

  applied({ op, position }: Applied): void {
    if (this.#executed.has(op)) return;
    this.#executed.add(op);
    this.#compare(op, 2 * position + 1);
  }

  answered({ id, op, outcome, result }: Operation): void {
    if (outcome !== 'done' || typeof result !== 'number') return;
    const standing = op === 'append' ? 2 * result + 1 : 2 * result;
    if (op === 'length') {
      this.#compare(id, standing);
      if (result > this.#executed.size) this.report(`${id} read length ${result}, but only ${this.#executed.size} commands were executed`);
    }
    if (standing > this.#reached) {
      this.#reached = standing;
      this.#by = id;
    }
  }

  #compare(id: string, standing: number): void {
    const floor = this.#floors.get(id);
    if (floor !== undefined && standing < floor.standing)
      this.report(`${id} came after ${floor.by} was answered, but stands before it (at ${standing}, not above ${floor.standing})`);
  }
}
