import type { HistoryOperation, Invocation } from './history.js';
import type { Taken } from './visited.js';

/** Unknown operations that do the same. */
export interface Kind<I extends Invocation> {
  /** Of any of them. */
  readonly invocation: I;
  /** In the order of their calls. */
  readonly operations: readonly HistoryOperation<I>[];
}

/**
 * The operations whose outcome is unknown, by what they do. Any may be taken from its call on, and none must be.
 *
 * Of those that do the same, the one that was called first is taken first. Nothing is missed by that: who takes a later one
 * could take the earlier in its place, since its call is over too, it leaves the same state, and no return of either is waited for.
 */
export class UnknownOperations<I extends Invocation> {
  readonly kinds: readonly Kind<I>[];
  readonly none: Taken;

  constructor(operations: readonly HistoryOperation<I>[], effect: (invocation: I) => string) {
    const kinds = new Map<string, { invocation: I; operations: HistoryOperation<I>[] }>();
    for (const operation of [...operations].sort((a, b) => a.call - b.call)) {
      const invocation = invocationOf(operation);
      const text = effect(invocation);
      const same = kinds.get(text);
      if (same === undefined) kinds.set(text, { invocation, operations: [operation] });
      else same.operations.push(operation);
    }
    this.kinds = [...kinds.values()];
    this.none = new Uint16Array(this.kinds.length);
  }

  /** The next of that kind that was called by `time` and is not taken. */
  next(kind: number, taken: Taken, time: number): HistoryOperation<I> | undefined {
    const operation = this.kinds[kind]!.operations[taken[kind]!];
    return operation !== undefined && operation.call <= time ? operation : undefined;
  }
}

/** What a model is shown of an operation: nothing of who, when, and what it answered. */
export const invocationOf = <I extends Invocation>({ op, key, arg }: HistoryOperation<I>): I =>
  ({ op, ...(key !== undefined && { key }), ...(arg !== undefined && { arg }) }) as I;
