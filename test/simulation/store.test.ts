import type { At } from '@synod/core';
import {
  checkLinearizability,
  type HistoryOperation,
  historyOf,
  type KeyValueInvocation,
  type KeyValueResult,
  keyValueStore,
  type Run,
  simulate,
} from '@synod/core/simulation';
import { type Call, KeyValueMachine, type Reply, type Requests } from '@synod/example-kv/store';
import { describe, expect, test } from 'vitest';
import { severalKeys, singleKeys } from './store.js';

const count = (runs: readonly Run[], outcome: string): number =>
  runs.reduce((sum, { operations }) => sum + operations.filter((operation) => operation.outcome === outcome).length, 0);

const seeds = (most: number): number[] => Array.from({ length: most }, (_, seed) => seed);

const passes = (run: Run): Run => {
  expect([run.seed, run.verdict]).toEqual([run.seed, { verdict: 'passed' }]);
  return run;
};

test('commands on several keys are linearizable together, whatever fails', () => {
  const runs = seeds(4).map((seed) => passes(simulate(severalKeys(seed))));
  expect(count(runs, 'done')).toBeGreaterThan(200);
  expect(count(runs, 'unknown')).toBeGreaterThan(5);
});

test('commands on single keys are linearizable, whatever fails', () => {
  const runs = seeds(2).map((seed) => passes(simulate(singleKeys(seed))));
  expect(count(runs, 'done')).toBeGreaterThan(700);
  expect(count(runs, 'unknown')).toBeGreaterThan(5);
  for (const { operations } of runs) {
    const verdict = checkLinearizability(historyOf(operations) as HistoryOperation<KeyValueInvocation, KeyValueResult>[], keyValueStore());
    expect(verdict).toMatchObject({ linearizations: { length: 6 } });
  }
});

/** Reads see what the store was one command ago. */
class Lagging extends KeyValueMachine {
  readonly #past = new KeyValueMachine();
  #last: { readonly requests: Requests; readonly at: At } | undefined;

  override apply(requests: Requests, at: At): readonly Reply[] {
    if (this.#last !== undefined) this.#past.apply(this.#last.requests, this.#last.at);
    this.#last = { requests, at };
    return super.apply(requests, at);
  }

  override query(requests: Requests): readonly Reply[] {
    return this.#past.query(requests);
  }

  override restore(pieces: Iterable<Uint8Array>): void {
    const all = [...pieces];
    this.#past.restore(all);
    this.#last = undefined;
    super.restore(all);
  }
}

/** Executes something else than what it was asked for, and answers with the first reply. */
const executing = (instead: (asked: Call) => readonly Call[]) =>
  class extends KeyValueMachine {
    override apply(requests: Requests, at: At): readonly Reply[] {
      return requests.map((request) => super.apply('command' in request ? instead(request) : [request], at)[0]!);
    }
  };

/** As if a retry were executed again. */
const Repeating = executing((asked) => (/INCR|APPEND/.test(asked.command.name) ? [asked, asked] : [asked]));

const Halving = executing(({ command, args }) => [
  { command, args: command.name === 'MSET' && args.length > 2 ? args.slice(0, -2) : args },
]);

describe('found not linearizable is', () => {
  test.each([
    ['a store that answers reads from the past', singleKeys, Lagging],
    ['a store that answers reads of several keys from the past', severalKeys, Lagging],
    ['a store that executes some commands twice', singleKeys, Repeating],
    ['a store that executes half of an MSET', severalKeys, Halving],
  ])('%s', (_, history, Broken) => {
    const { verdict } = simulate(history(0, () => new Broken()));
    expect(verdict).toMatchObject({
      verdict: 'violated',
      invariant: 'Linearizable',
      what: expect.stringContaining('next would have to come'),
    });
  });
});
