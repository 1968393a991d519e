import {
  appendOnlyList,
  checkLinearizability,
  type HistoryOperation,
  historyOf,
  type ListInvocation,
  type Operation,
  simulate,
} from '@synod/core/simulation';
import { expect, test } from 'vitest';
import { faultsOf, networkOf, subjectOf } from '../simulator/src/campaign.js';
import { FAULT_KINDS } from '../simulator/src/options.js';

const judge = (operations: readonly Operation[], steps?: number) =>
  checkLinearizability(
    historyOf(operations) as HistoryOperation<ListInvocation, number>[],
    appendOnlyList(),
    steps === undefined ? {} : { steps },
  ).outcome;

/** A history under the invariant `Linearizable`, which need not search: the replicas tell it the order. */
const { operations } = simulate({
  ...subjectOf('multi-paxos', 3),
  seed: 3,
  duration: 8000,
  faults: faultsOf(FAULT_KINDS),
  network: networkOf(FAULT_KINDS),
});

test('the search, which sees what clients see, finds linearizable what is so by the order of the replicas', () => {
  expect(operations.filter(({ outcome }) => outcome === 'unknown').length).toBeGreaterThan(5);
  expect(judge(operations)).toBe('linearizable');
});

test('a refusal is no part of the history, and an operation without an answer is unknown', () => {
  const asked = { client: 'a', node: 'n', op: 'append', invokedAt: 1 } as const;
  const ended = (id: string, outcome: Operation['outcome'], result?: number): Operation => ({
    ...asked,
    id,
    outcome,
    ...(outcome !== 'pending' && { answeredAt: 2 }),
    ...(result !== undefined && { result }),
  });
  const seen = [ended('1', 'done', 0), ended('2', 'refused'), ended('3', 'unknown'), ended('4', 'pending')];
  const unknown = { client: 'a', op: 'append', call: 1, ret: null };
  expect(historyOf(seen)).toEqual([{ client: 'a', op: 'append', result: 0, call: 1, ret: 2 }, unknown, unknown]);
});

test('two appends at one place are a violation, and a search that is cut short is undecided', () => {
  const done = operations.filter(({ op, outcome }) => op === 'append' && outcome === 'done');
  const twice = [...operations, { ...done.at(-1)!, id: 'twice' }];
  expect(judge(twice)).toBe('not linearizable');
  expect(judge(operations, 10)).toBe('undecided');
});
