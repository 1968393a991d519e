import type { Closures } from './calls.js';
import { type Rejected, reject } from './operation.js';

/** Of which proposers know without being told. Names of a deployment's own may not begin so. */
export const BUILT_IN = '#';
export const READ = '#read';
export const SET_ONCE = '#setOnce';
export const COMPARE_AND_SET = '#compareAndSet';
export const DELETE = '#delete';

/** A registered change: pure, and the same at every proposer. `version` is that of `state`. */
export type NamedChange<State> = (state: State | undefined, argument: never, version: number) => State | undefined | Rejected;
export type NamedQuery<State> = (state: State | undefined, argument: never, version: number) => unknown;

export const everything: Closures['query'] = (value, version) => ({ value, version });

/** What clients offer besides changes of the user's own. */
export const BUILT_IN_CHANGES: Readonly<Record<string, (value: unknown, argument: never, version: number) => unknown>> = {
  [READ]: (value) => value,
  /** The switch: the first value stands. */
  [SET_ONCE]: (value, first: unknown) => value ?? first,
  [COMPARE_AND_SET]: (_value, { version: expected, value }: { readonly version: number; readonly value: unknown }, version) =>
    version === expected ? value : reject(`version ${version} is there, and not ${expected}`),
  [DELETE]: () => undefined,
};
