import { explainBlocked, explainUndecided } from './explanation.js';
import { type HistoryOperation, type Invocation, requireHistory } from './history.js';
import type { Model } from './model.js';
import { type Budget, Search } from './search.js';
import { invocationOf } from './unknown-operations.js';
import type { LinearizabilityVerdict, Linearization } from './verdict.js';

export interface CheckOptions {
  /**
   * How often the model may be asked before the check gives up: no wall clock, so the verdict is the same on every machine.
   * Two million unless said: seconds.
   */
  readonly steps?: number;
}

const DEFAULT_STEPS = 2_000_000;

/**
 * Whether the history is linearizable (Herlihy and Wing, 1990): whether each operation could have taken effect at one instant
 * between its call and its return, so that every answer is what the model answers in that order. Operations with unknown outcome
 * took effect at any time after their call, or never.
 *
 * Only `linearizable` is a pass. Throws `HistoryError` (`BAD_OPERATION`) if an operation returns before its call, and what the
 * model throws.
 */
export const checkLinearizability = <State, I extends Invocation, Result>(
  history: readonly HistoryOperation<I, Result>[],
  model: Model<State, I, Result>,
  { steps = DEFAULT_STEPS }: CheckOptions = {},
): LinearizabilityVerdict<I, Result> => {
  requireHistory(history);
  const budget: Budget = { steps, used: 0 };
  const linearizations = new Map<string | undefined, Linearization<HistoryOperation<I, Result>>>();
  const objects = objectsOf(history, model);
  // The shortest first: what is found there is found even if the longest use up the budget.
  for (const { key, operations } of [...objects].sort((a, b) => a.operations.length - b.operations.length)) {
    const found = new Search(operations, model as Model<unknown, I, Result>, budget).run();
    const { outcome } = found;
    if (outcome === 'linearizable') linearizations.set(key, { key, order: found.order });
    else if (outcome === 'undecided')
      return { outcome, steps: budget.used, key, explanation: explainUndecided(key, operations, budget.used) };
    else return { outcome, steps: budget.used, key, ...explainBlocked(key, operations, found, model) };
  }
  return { outcome: 'linearizable', steps: budget.used, linearizations: objects.map(({ key }) => linearizations.get(key)!) };
};

/** What is judged by itself. */
interface Judged<O> {
  readonly key: string | undefined;
  readonly operations: readonly O[];
}

/**
 * The history by key, if every operation touches one; else as a whole.
 *
 * Without the operations that change nothing and whose outcome is unknown: an order that holds one is as good without it, since
 * nobody saw its answer, and it changed nothing for the others.
 */
const objectsOf = <State, I extends Invocation, Result>(
  history: readonly HistoryOperation<I, Result>[],
  model: Model<State, I, Result>,
): readonly Judged<HistoryOperation<I, Result>>[] => {
  const operations = history.filter((operation) => operation.ret !== null || model.readOnly?.(invocationOf(operation)) !== true);
  const byKey = new Map<string, HistoryOperation<I, Result>[]>();
  for (const operation of operations) {
    const key = model.partition?.(invocationOf(operation));
    if (key === undefined) return [{ key: undefined, operations }];
    const others = byKey.get(key);
    if (others === undefined) byKey.set(key, [operation]);
    else others.push(operation);
  }
  return [...byKey].map(([key, those]) => ({ key, operations: those }));
};
