import {
  appendOnlyList,
  checkLinearizability,
  type HistoryOperation,
  type KeyValueInvocation,
  type KeyValueResult,
  keyValueStore,
  register,
  SeededRandom,
} from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { read, seen, write } from './linearizability-histories.js';

type StoreOperation = HistoryOperation<KeyValueInvocation, KeyValueResult>;

interface Load {
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** How many of 1000 operations have an unknown outcome. */
  readonly unknown: number;
}

/** What clients see of a store that executes one command after another; each client has one operation at a time. */
const storeHistory = (seed: number, { operations, clients, keys, unknown }: Load): StoreOperation[] => {
  const random = new SeededRandom(seed);
  const script = Array.from({ length: operations }, (_, index) => {
    const key = `key-${random.below(keys)}`;
    const arg = `${index}`;
    const invocation = random.pick<KeyValueInvocation>([
      { op: 'GET', key },
      { op: 'SET', key, arg },
      { op: 'INCR', key },
      { op: 'APPEND', key, arg },
    ]);
    const fate = random.chance(unknown) ? random.pick(['unknown, happened', 'unknown, did not happen'] as const) : 'known';
    // One effect every 10 ms, and a client has one in so many: that long its intervals are.
    return { invocation, before: random.below(5 * clients), after: random.below(5 * clients), fate } as const;
  });
  return seen(keyValueStore(), script);
};

const LOAD = { operations: 10_000, clients: 10, keys: 20, unknown: 0 };

describe('10,000 operations by 10 clients on 20 keys', () => {
  test('are decided in less than three steps each', () => {
    const verdict = checkLinearizability(storeHistory(1, LOAD), keyValueStore(), { steps: 30_000 });
    expect(verdict.outcome).toBe('linearizable');
  });

  test('of which one in fifty is unknown are decided in less than ten steps each', () => {
    const verdict = checkLinearizability(storeHistory(2, { ...LOAD, unknown: 20 }), keyValueStore(), { steps: 100_000 });
    expect(verdict.outcome).toBe('linearizable');
  });
});

/** So that a bound on steps is also met by a seed that happens to be hard. */
const manySeeds = (check: (seed: number) => void): void => {
  for (let seed = 0; seed < 10; seed++) check(seed);
};

test('wrong answers among many operations are found', () => {
  manySeeds((seed) => {
    const history = storeHistory(seed, { operations: 2000, clients: 10, keys: 20, unknown: 20 });
    const lying = history.findIndex(({ op, ret }, index) => index > 1000 && op === 'GET' && ret !== null);
    const verdict = checkLinearizability(
      history.map((operation, index) => (index === lying ? { ...operation, result: 'never written' } : operation)),
      keyValueStore(),
    );
    expect(verdict).toMatchObject({ outcome: 'not linearizable', key: history[lying]!.op === 'GET' && history[lying]!.key });
  });
});

describe('unknown operations', () => {
  const writes = (count: number) => Array.from({ length: count }, (_, i) => write(i + 10, 0, null));

  test('that nobody sees cost nothing', () => {
    const verdict = checkLinearizability([...writes(1000), write(1, 0, 10), read(1, 20, 30)], register(0), { steps: 5 });
    expect(verdict.outcome).toBe('linearizable');
  });

  test('that only read are not looked at', () => {
    const reads = Array.from({ length: 1000 }, () => read(7, 0, null));
    expect(checkLinearizability([...reads, read(1, 20, 30)], register(0), { steps: 5 }).outcome).toBe('not linearizable');
  });

  test('that overwrite each other are tried one by one, not in every order', () => {
    const verdict = checkLinearizability([...writes(30), write(1, 0, 10), read(1, 20, 30), read(2, 40, 50)], register(0), {
      steps: 10_000,
    });
    expect(verdict.outcome).toBe('not linearizable');
  });

  test('that do the same are counted, not chosen', () => {
    const incr = (result: number | null, call: number, ret: number | null): StoreOperation => ({
      client: 'a',
      op: 'INCR',
      key: 'x',
      result,
      call,
      ret,
    });
    const unknown = Array.from({ length: 40 }, (_, i) => incr(null, i, null));
    const judge = (result: number) => checkLinearizability([...unknown, incr(result, 100, 110)], keyValueStore(), { steps: 1000 }).outcome;
    expect(judge(30)).toBe('linearizable');
    expect(judge(41)).toBe('linearizable');
    expect(judge(42)).toBe('not linearizable');
  });

  test('that do the same by the word of the model are counted too, whatever they say', () => {
    const unknown = Array.from({ length: 40 }, (_, i) => ({ client: 'a', op: 'append', arg: i, call: i, ret: null }) as const);
    const judge = (result: number) =>
      checkLinearizability([...unknown, { client: 'b', op: 'length', result, call: 100, ret: 110 }], appendOnlyList(), { steps: 1000 })
        .outcome;
    expect(judge(40)).toBe('linearizable');
    expect(judge(41)).toBe('not linearizable');
  });
});

describe('a budget', () => {
  const appends = (count: number): StoreOperation[] =>
    Array.from({ length: count }, (_, i) => ({ client: `client-${i}`, op: 'APPEND', key: 'x', arg: `${i % 10}`, call: 0, ret: null }));
  const impossible: StoreOperation = { client: 'b', op: 'GET', key: 'x', result: 'never', call: 10, ret: 20 };

  test('that is used up leaves the history undecided, and says so', () => {
    const verdict = checkLinearizability([...appends(10), impossible], keyValueStore(), { steps: 1000 });
    expect(verdict).toEqual({
      outcome: 'undecided',
      steps: 1000,
      key: 'x',
      explanation: expect.stringMatching(
        /^undecided \(key "x"\): .* 11 operations \(10 with unknown outcome\).* in 1000 steps; allow more/,
      ),
    });
  });

  test('that is just enough decides, and one step less does not', () => {
    const history = [...appends(4), impossible];
    const { outcome, steps } = checkLinearizability(history, keyValueStore());
    expect(outcome).toBe('not linearizable');
    expect(checkLinearizability(history, keyValueStore(), { steps }).outcome).toBe('not linearizable');
    expect(checkLinearizability(history, keyValueStore(), { steps: steps - 1 }).outcome).toBe('undecided');
  });

  test('that one key uses up does not hide what is wrong with a key of fewer operations', () => {
    const wrong: StoreOperation = { client: 'c', op: 'GET', key: 'y', result: 'never', call: 0, ret: 1 };
    const verdict = checkLinearizability([...appends(10), impossible, wrong], keyValueStore(), { steps: 1000 });
    expect(verdict).toMatchObject({ outcome: 'not linearizable', key: 'y' });
  });
});
