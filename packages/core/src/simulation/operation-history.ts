import type { Operation } from '../wiring/observer.js';
import type { HistoryOperation } from './linearizability/history.js';

/** What clients saw, as a checker of histories wants it: without what was refused, and open-ended where nobody knows the outcome. */
export const historyOf = (operations: readonly Operation[]): HistoryOperation[] =>
  operations
    .filter(({ outcome }) => outcome !== 'refused')
    .map(({ client, key, op, arg, invokedAt, answeredAt, outcome, result }) => ({
      client,
      op,
      ...(key !== undefined && { key }),
      ...(arg !== undefined && { arg }),
      call: invokedAt,
      ...(outcome === 'done' && answeredAt !== undefined ? { ret: answeredAt, result } : { ret: null }),
    }));
