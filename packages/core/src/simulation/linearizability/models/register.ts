import { canonicalText } from '../canonical-text.js';
import type { Invocation } from '../history.js';
import { type Model, type Step, unknownInvocation } from '../model.js';

/** `key` names the register; without one there is one register. */
export type RegisterInvocation<Value> =
  | { readonly op: 'read'; readonly key?: string }
  | { readonly op: 'write'; readonly key?: string; readonly arg: Value }
  /** Compare and set: from the first to the second. */
  | { readonly op: 'cas'; readonly key?: string; readonly arg: readonly [Value, Value] };

/** A read answers the value, a write null, a cas whether it found what it compared with. */
export type RegisterResult<Value> = Value | boolean | null;

/** Registers that all hold `initial` at first; values are plain data. */
export const register = <Value>(initial: Value): Model<Value, RegisterInvocation<Value>, RegisterResult<Value>> => ({
  initial,
  step: (value, asked): Step<Value, RegisterResult<Value>> => {
    switch (asked.op) {
      case 'read':
        return { state: value, result: value };
      case 'write':
        return { state: asked.arg, result: null };
      case 'cas': {
        const [from, to] = asked.arg;
        const same = canonicalText(value) === canonicalText(from);
        return { state: same ? to : value, result: same };
      }
      default:
        throw unknownInvocation('a register', asked as Invocation, ['read', 'write', 'cas']);
    }
  },
  readOnly: ({ op }) => op === 'read',
  partition: ({ key = '' }) => key,
});
