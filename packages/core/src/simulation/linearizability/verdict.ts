import type { HistoryOperation, Invocation } from './history.js';

/** An order in which operations could have taken effect, one after another. Those with unknown outcome that nothing needs are left out. */
export interface Linearization<O extends HistoryOperation> {
  /** The key whose operations these are; undefined if the history was judged as a whole. */
  readonly key: string | undefined;
  readonly order: readonly O[];
}

/** An operation that would have to come next, and cannot. */
export interface Blocked<O extends HistoryOperation> {
  readonly operation: O;
  /** What the model answers there; the operation answered something else. */
  readonly expected: unknown;
}

/** What was found about a history. Only `linearizable` is good news: `undecided` means that nobody knows. */
export type LinearizabilityVerdict<I extends Invocation = Invocation, Result = unknown> =
  | {
      readonly outcome: 'linearizable';
      /** How often the model was asked. */
      readonly steps: number;
      /** One for each key, or one for all. */
      readonly linearizations: readonly Linearization<HistoryOperation<I, Result>>[];
    }
  | {
      readonly outcome: 'not linearizable';
      readonly steps: number;
      /** The key whose operations cannot be put in order; undefined if the history was judged as a whole. */
      readonly key: string | undefined;
      /** The longest beginning of an order that was found: there may be others as long. */
      readonly prefix: readonly HistoryOperation<I, Result>[];
      /** All that would have to come next. */
      readonly blocked: readonly Blocked<HistoryOperation<I, Result>>[];
      /** The same in words. */
      readonly explanation: string;
    }
  | {
      readonly outcome: 'undecided';
      /** All that were allowed. */
      readonly steps: number;
      readonly key: string | undefined;
      readonly explanation: string;
    };
