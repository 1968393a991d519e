import type { Metrics } from '../wiring/tokens.js';

/** Counts what happens on a node, for its status; passes it on to the deployment's own metrics. */
export class Counters implements Metrics {
  readonly #counts = new Map<string, number>();

  constructor(private readonly next: Metrics | undefined) {}

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
    this.next?.count(name, by);
  }

  get all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
