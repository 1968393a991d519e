import type { TracedEvent } from '../actor/tracer.js';

/** Keeps the last events of a trace, so many at most: what came before a violation, however long the history. */
export class LastEvents implements Iterable<TracedEvent> {
  readonly #events: TracedEvent[] = [];
  /** Where the oldest is, once it is full. */
  #oldest = 0;

  constructor(private readonly most: number) {}

  readonly push = (event: TracedEvent): void => {
    if (this.#events.length < this.most) {
      this.#events.push(event);
    } else if (this.most > 0) {
      this.#events[this.#oldest] = event;
      this.#oldest = (this.#oldest + 1) % this.most;
    }
  };

  /** Oldest first. */
  *[Symbol.iterator](): Iterator<TracedEvent> {
    for (let i = 0; i < this.#events.length; i++) yield this.#events[(this.#oldest + i) % this.#events.length] as TracedEvent;
  }
}
