import { canonicalText } from './canonical-text.js';
import type { HistoryOperation, Invocation } from './history.js';
import type { Model } from './model.js';
import { invocationOf } from './unknown-operations.js';
import type { Blocked } from './verdict.js';

/** So many operations of the prefix are shown, the last ones. */
const SHOWN = 5;
const LONGEST_VALUE = 120;

interface Explained<O extends HistoryOperation> {
  readonly prefix: readonly O[];
  readonly blocked: readonly Blocked<O>[];
  readonly explanation: string;
}

/** Says where the longest order ends, and why nothing can follow there. */
export const explainBlocked = <State, I extends Invocation, Result>(
  key: string | undefined,
  operations: readonly HistoryOperation<I, Result>[],
  { prefix, candidates }: { prefix: readonly HistoryOperation<I, Result>[]; candidates: readonly HistoryOperation<I, Result>[] },
  model: Model<State, I, Result>,
): Explained<HistoryOperation<I, Result>> => {
  const state = prefix.reduce((before, operation) => model.step(before, invocationOf(operation)).state, model.initial);
  const blocked = candidates.map((operation) => ({ operation, expected: model.step(state, invocationOf(operation)).result }));
  const known = operations.filter(({ ret }) => ret !== null).length;
  const done = prefix.filter(({ ret }) => ret !== null).length;
  const unknown = operations.length - known;
  const shown = prefix.slice(-SHOWN).map((operation) => `  ${describe(operation)}`);
  const explanation = [
    `not linearizable${ofKey(key)}: ${done} of ${known} operations can be put in order, and nothing can follow`,
    prefix.length > SHOWN ? `the order ends with` : prefix.length > 0 ? `the order is` : `at the beginning`,
    ...shown,
    'next would have to come',
    ...blocked.map(({ operation, expected }) => `  ${describe(operation)}, where ${shortText(expected)} is right`),
    ...(unknown > 0 ? [`none of the ${unknown} operations with unknown outcome helps`] : []),
  ].join('\n');
  return { prefix, blocked, explanation };
};

export const explainUndecided = (key: string | undefined, operations: readonly HistoryOperation[], steps: number): string => {
  const unknown = operations.filter(({ ret }) => ret === null).length;
  return `undecided${ofKey(key)}: no order was found of ${operations.length} operations (${unknown} with unknown outcome), and not all were tried, in ${steps} steps; allow more steps, or judge a shorter history`;
};

const ofKey = (key: string | undefined): string => (key === undefined ? '' : ` (key ${JSON.stringify(key)})`);

/** `client-1 SET "x" 5, from 10 to 12 ms, answered "OK"`. */
const describe = ({ client, op, key, arg, result, call, ret }: HistoryOperation): string => {
  const words = [client, op, ...(key === undefined ? [] : [JSON.stringify(key)]), ...(arg === undefined ? [] : [shortText(arg)])].join(' ');
  return ret === null ? `${words}, from ${call} ms, outcome unknown` : `${words}, from ${call} to ${ret} ms, answered ${shortText(result)}`;
};

const shortText = (value: unknown): string => {
  const text = canonicalText(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 3)}...`;
};
