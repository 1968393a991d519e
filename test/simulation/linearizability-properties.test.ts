import {
  checkLinearizability,
  type HistoryOperation,
  historyLines,
  type Invocation,
  type KeyValueCommand,
  type KeyValueInvocation,
  keyValueStore,
  type Model,
  parseHistory,
  type RegisterInvocation,
  register,
} from '@synod/core/simulation';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bruteForce, scripted, seen } from './linearizability-histories.js';

const value = fc.nat(2);

const onRegister: fc.Arbitrary<RegisterInvocation<number>> = fc.oneof(
  fc.constant({ op: 'read' } as const),
  fc.record({ op: fc.constant('write' as const), arg: value }),
  fc.record({ op: fc.constant('cas' as const), arg: fc.tuple(value, value) }),
);

const key = fc.constantFrom('x', 'y');
const text = fc.constantFrom('', '1', 'a');

const command: fc.Arbitrary<KeyValueCommand> = fc.oneof(
  fc.record({ op: fc.constantFrom('GET' as const, 'INCR' as const), key }),
  fc.record({ op: fc.constantFrom('SET' as const, 'APPEND' as const), key, arg: text }),
  fc.record({ op: fc.constantFrom('DEL' as const, 'MGET' as const), arg: fc.array(key, { minLength: 1, maxLength: 2 }) }),
  fc.record({ op: fc.constant('MSET' as const), arg: fc.array(fc.tuple(key, text), { minLength: 1, maxLength: 2 }) }),
  fc.constant({ op: 'FLUSHALL' } as const),
);

const onStore: fc.Arbitrary<KeyValueInvocation> = fc.oneof(
  { weight: 7, arbitrary: command },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('MULTI' as const), arg: fc.array(command, { maxLength: 3 }) }) },
);

const single = command.filter((asked) => 'key' in asked);

const models = [
  ['a register', register(0), onRegister],
  ['a store', keyValueStore(), onStore],
  ['a store by key', keyValueStore(), single],
] as unknown as [string, Model<unknown>, fc.Arbitrary<Invocation>][];

describe.each(models)('%s', (_, model, invocation) => {
  test('what clients see of a real execution is linearizable', () => {
    fc.assert(
      fc.property(fc.array(scripted(invocation, 35), { maxLength: 40 }), (script) => {
        const history = seen(model, script);
        const verdict = checkLinearizability(history, model);
        expect(verdict.outcome).toBe('linearizable');
        if (verdict.outcome !== 'linearizable') return;
        for (const { order } of verdict.linearizations) requireOrder(model, order);
        const listed = verdict.linearizations.flatMap(({ order }) => order);
        expect(history.every((operation) => operation.ret === null || listed.includes(operation))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('the search says what trying every order says, be it yes or no', () => {
    const found = { linearizable: 0, 'not linearizable': 0, undecided: 0 };
    // The results of a real execution, of which some are moved to other operations.
    const history = fc
      .tuple(
        fc.array(scripted(invocation, 45, 3), { minLength: 2, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 1 }),
      )
      .map(([script, exchanges]) => {
        const operations = seen(model, script);
        const results = operations.map(({ result }) => result);
        for (const [i, j] of exchanges) if (i < results.length && j < results.length) [results[i], results[j]] = [results[j], results[i]];
        return operations.map((operation, i) => ({ ...operation, result: results[i] }) as HistoryOperation);
      });
    fc.assert(
      fc.property(history, (operations) => {
        const { outcome } = checkLinearizability(operations, model);
        found[outcome]++;
        expect(outcome).toBe(bruteForce(model, operations) ? 'linearizable' : 'not linearizable');
      }),
      { numRuns: 3000 },
    );
    // Of either kind there are some ten percent at least; so few that this fails are never drawn.
    expect(found.linearizable).toBeGreaterThan(150);
    expect(found['not linearizable']).toBeGreaterThan(150);
  });

  test('a history comes back from its lines as it was', () => {
    fc.assert(
      fc.property(fc.array(scripted(invocation, 35), { maxLength: 20 }), (script) => {
        const history = seen(model, script);
        expect(parseHistory(historyLines(history))).toEqual(history);
      }),
    );
  });
});

/** An order is legal, and keeps the order of what does not overlap. */
const requireOrder = (model: Model<unknown>, order: readonly HistoryOperation[]): void => {
  let state = model.initial;
  let called = Number.NEGATIVE_INFINITY;
  for (const { client, call, ret, result, ...invocation } of order) {
    const step = model.step(state, invocation);
    state = step.state;
    if (ret !== null) expect(result).toEqual(step.result);
    called = Math.max(called, call);
    expect(ret ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(called);
  }
};
