import type { Invocation } from '../history.js';
import { type Model, unknownInvocation } from '../model.js';

/** `key` names the list; without one there is one list. `arg` is what is appended. */
export type ListInvocation =
  | { readonly op: 'append'; readonly key?: string; readonly arg?: unknown }
  | { readonly op: 'length'; readonly key?: string };

/**
 * Lists that only grow, and are empty at first. An append answers its place, counted from 0. No answer tells what was appended, so
 * the length is the whole state.
 */
export const appendOnlyList = (): Model<number, ListInvocation, number> => ({
  initial: 0,
  step: (length, asked) => {
    switch (asked.op) {
      case 'append':
        return { state: length + 1, result: length };
      case 'length':
        return { state: length, result: length };
      default:
        throw unknownInvocation('an append-only list', asked as Invocation, ['append', 'length']);
    }
  },
  readOnly: ({ op }) => op === 'length',
  effect: ({ op, key = '' }) => `${op} ${key}`,
  partition: ({ key = '' }) => key,
});
