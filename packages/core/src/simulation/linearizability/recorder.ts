import type { HistoryOperation, Invocation } from './history.js';

/** A call that goes on. What is said first about its outcome counts. */
export interface RecordedCall<Result> {
  /** It returned, with that result. */
  returned(result: Result): void;
  /** It never happened and never will: it is no part of the history. */
  refused(): void;
}

/** Writes a history down while clients make it. Calls about which nothing was said have an unknown outcome. */
export class HistoryRecorder<I extends Invocation = Invocation, Result = unknown> {
  /** In the order of their calls. */
  readonly #calls = new Set<{ readonly operation: HistoryOperation<I, Result> }>();

  /** `now`: ms, never decreasing, the same clock for all clients. */
  constructor(private readonly now: () => number) {}

  /** Said before anything is sent. */
  call(client: string, invocation: I): RecordedCall<Result> {
    const call = { ...invocation, client, call: this.now(), ret: null };
    const recorded: { operation: HistoryOperation<I, Result> } = { operation: call as HistoryOperation<I, Result> };
    let settled = false;
    this.#calls.add(recorded);
    return {
      returned: (result) => {
        if (!settled) recorded.operation = { ...call, result, ret: this.now() } as HistoryOperation<I, Result>;
        settled = true;
      },
      refused: () => {
        if (!settled) this.#calls.delete(recorded);
        settled = true;
      },
    };
  }

  /** All so far, in the order of their calls. */
  get history(): HistoryOperation<I, Result>[] {
    return [...this.#calls].map(({ operation }) => operation);
  }
}
