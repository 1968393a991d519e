import type { Applied, Invariant, Observer, Operation, Report, Restored } from '../../wiring/observer.js';

/**
 * ExactlyOnce (protocols.md §11; Ongaro, Consensus: Bridging Theory and Practice, §6.3): a client's command changes the state at
 * most once, however often it was sent; once, if it was acknowledged, at the place that was told; and never, if it was refused.
 */
export const exactlyOnce: Invariant = { name: 'ExactlyOnce', watch: (report) => new ExactlyOnce(report) };

class ExactlyOnce implements Observer {
  /** By replica: the place of each command in its state. */
  readonly #states = new Map<string, Map<string, number>>();
  /** Where each command was first seen executed. */
  readonly #places = new Map<string, number>();
  readonly #answered: Operation[] = [];

  constructor(private readonly report: Report) {}

  booted(node: string): void {
    this.#states.delete(node);
  }

  restored({ node, ops }: Restored): void {
    const state = new Map<string, number>();
    this.#states.set(node, state);
    for (const [place, op] of ops.entries()) this.#add(node, state, op, place);
  }

  applied({ node, op, position }: Applied): void {
    let state = this.#states.get(node);
    if (state === undefined) this.#states.set(node, (state = new Map()));
    this.#add(node, state, op, position);
  }

  answered(operation: Operation): void {
    if (operation.op !== 'append') return;
    this.#answered.push(operation);
    if (operation.outcome === 'done') this.#check(operation);
  }

  converged(): void {
    for (const operation of this.#answered) {
      const op = operation.arg as string;
      if (operation.outcome === 'refused' && this.#places.has(op))
        this.report(`${op} was refused (${operation.reason}), and yet executed as command ${this.#places.get(op)}`);
      if (operation.outcome !== 'done') continue;
      for (const [node, state] of this.#states)
        if (!state.has(op)) this.report(`${op} was acknowledged, but is not in the final state of ${node}`);
    }
  }

  #add(node: string, state: Map<string, number>, op: string, place: number): void {
    const before = state.get(op);
    if (before !== undefined) this.report(`${node} executed ${op} twice: as command ${before} and as command ${place}`);
    state.set(op, place);
    if (!this.#places.has(op)) this.#places.set(op, place);
  }

  #check({ arg, result }: Operation): void {
    const op = arg as string;
    const place = this.#places.get(op);
    if (place === undefined) this.report(`${op} was acknowledged before any replica had executed it`);
    else if (place !== result) this.report(`${op} was acknowledged as command ${result}, but executed as command ${place}`);
  }
}
