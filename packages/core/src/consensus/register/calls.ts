import type { Operation } from './operation.js';

/** Tells a caller the end of it. */
export interface Settle {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What a register holds. `version` 0: it was never written. */
export interface Versioned<State = unknown> {
  readonly value: State | undefined;
  readonly version: number;
}

/** Pure functions, run at the proposer of the caller's node: the state travels, they do not. */
export interface Closures {
  readonly change: (value: unknown, version: number) => unknown;
  readonly query: (value: unknown, version: number) => unknown;
}

/** What is registered under names, with its argument, encoded; '' is the query that answers with everything. */
export interface Named {
  readonly change: string;
  readonly query: string;
  readonly argument: Uint8Array;
}

/** A caller that waits. The client makes it, and is handed back the very object with the outcome; it never leaves its node. */
export class Call {
  constructor(
    readonly key: string,
    readonly work: Closures | Named,
    /** On this node's clock. */
    readonly deadline: number,
    readonly settle: Settle,
    /** Go on with this, instead of anew. */
    readonly operation?: Operation,
  ) {}
}

export const isNamed = (work: Closures | Named): work is Named => typeof work.change === 'string';
