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
  readonly #operations = new Set<HistoryOperation<I, Result>>();

  /** `now`: ms, never decreasing, the same clock for all clients. */
  constructor(private readonly now: () => number) {}

  /** Said before anything is sent. */
  call(client: string, invocation: I): RecordedCall<Result> {
    const operation: { client: string; call: number; ret: number | null; result?: Result } = {
      ...invocation,
      client,
      call: this.now(),
      ret: null,
    };
    const recorded = operation as HistoryOperation<I, Result>;
    this.#operations.add(recorded);
    return {
      returned: (result) => {
        if (operation.ret !== null) return;
        operation.result = result;
        operation.ret = this.now();
      },
      refused: () => {
        if (operation.ret === null) this.#operations.delete(recorded);
      },
    };
  }

  /** All so far, in the order of their calls. */
  get history(): HistoryOperation<I, Result>[] {
    return [...this.#operations].map((operation) => ({ ...operation }));
  }
}
