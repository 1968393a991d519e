import {
  appendOnlyList,
  checkLinearizability,
  type HistoryOperation,
  type KeyValueInvocation,
  type KeyValueResult,
  keyValueStore,
  type Model,
  register,
} from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { cas, type RegisterOperation, read, write } from './linearizability-histories.js';

const judge = (...history: readonly RegisterOperation[]) => checkLinearizability(history, register(0));
const outcome = (...history: readonly RegisterOperation[]) => judge(...history).outcome;

describe('a register', () => {
  test('a history without operations is linearizable', () => {
    expect(judge()).toEqual({ outcome: 'linearizable', steps: 0, linearizations: [] });
  });

  test('a read during a write may see the old value or the new', () => {
    expect(outcome(write(1, 0, 10), read(0, 5, 6))).toBe('linearizable');
    expect(outcome(write(1, 0, 10), read(1, 5, 6))).toBe('linearizable');
  });

  test('a read behind a write does not see what was before: a stale read', () => {
    expect(outcome(write(1, 0, 10), read(0, 11, 12))).toBe('not linearizable');
  });

  test('what one read has seen, the next does not unsee', () => {
    expect(outcome(write(1, 0, 100), read(1, 10, 20), read(0, 30, 40))).toBe('not linearizable');
    expect(outcome(write(1, 0, 100), read(0, 10, 20), read(1, 30, 40))).toBe('linearizable');
  });

  test('an acknowledged write that nobody sees is lost', () => {
    expect(outcome(write(1, 0, 10), write(2, 20, 30), read(1, 40, 50))).toBe('not linearizable');
  });

  test('a value that was never written is not read', () => {
    expect(outcome(write(1, 0, 10), read(7, 5, 15))).toBe('not linearizable');
  });

  test('operations that do not overlap keep their order, whoever asked', () => {
    expect(outcome(write(1, 0, 1), write(2, 2, 3), read(2, 4, 5))).toBe('linearizable');
    expect(outcome(write(2, 2, 3), write(1, 0, 1), read(1, 4, 5))).toBe('not linearizable');
  });

  test('operations that touch at one ms are concurrent', () => {
    expect(outcome(write(1, 0, 10), read(0, 10, 12))).toBe('linearizable');
    expect(outcome(read(1, 0, 10), write(1, 10, 10))).toBe('linearizable');
    expect(outcome(read(1, 10, 10), write(1, 10, 10))).toBe('linearizable');
  });

  test('of two that compare with the same value, one finds another', () => {
    expect(outcome(cas(0, 1, true, 0, 10), cas(0, 2, false, 0, 10))).toBe('linearizable');
    expect(outcome(cas(0, 1, true, 0, 10), cas(0, 2, true, 0, 10))).toBe('not linearizable');
  });

  test('registers are judged one by one', () => {
    const verdict = judge({ ...write(1, 0, 10), key: 'x' }, { ...read(0, 20, 30), key: 'y' });
    expect(verdict).toMatchObject({ outcome: 'linearizable', linearizations: [{ key: 'x' }, { key: 'y' }] });
    expect(judge({ ...write(1, 0, 10), key: 'x' }, { ...read(0, 20, 30), key: 'x' })).toMatchObject({ key: 'x' });
  });
});

describe('a write with unknown outcome', () => {
  test('may be seen later, however much later', () => {
    expect(outcome(write(1, 0, null), read(0, 10, 20), write(2, 30, 40), read(1, 1000, 1010))).toBe('linearizable');
  });

  test('may never be seen', () => {
    expect(outcome(write(1, 0, null), read(0, 10, 20), read(0, 1000, 1010))).toBe('linearizable');
  });

  test('is not seen before it was called', () => {
    expect(outcome(read(1, 0, 10), write(1, 20, null))).toBe('not linearizable');
    expect(outcome(read(1, 0, 10), write(1, 10, null))).toBe('linearizable');
  });

  test('is not unseen once it was seen', () => {
    expect(outcome(write(1, 0, null), read(1, 10, 20), read(0, 30, 40))).toBe('not linearizable');
  });

  test('happens at most once', () => {
    expect(outcome(write(1, 0, null), read(1, 10, 20), write(2, 30, 40), read(1, 50, 60))).toBe('not linearizable');
    expect(outcome(write(1, 0, null), write(1, 0, null), read(1, 10, 20), write(2, 30, 40), read(1, 50, 60))).toBe('linearizable');
  });

  test('has no result, whatever the record says', () => {
    expect(outcome(cas(0, 1, false, 0, null), read(1, 10, 20))).toBe('linearizable');
  });
});

const kv = (...history: readonly HistoryOperation<KeyValueInvocation, KeyValueResult>[]) => checkLinearizability(history, keyValueStore());

describe('a store', () => {
  test('a retry that is applied twice is found', () => {
    const incr = { client: 'a', op: 'INCR', key: 'x' } as const;
    expect(kv({ ...incr, result: 1, call: 0, ret: 10 }, { ...incr, result: 3, call: 20, ret: 30 })).toMatchObject({
      outcome: 'not linearizable',
      key: 'x',
      blocked: [{ expected: 2 }],
    });
  });

  test('half of a transaction is never seen', () => {
    const both = {
      client: 'a',
      op: 'MSET',
      arg: [
        ['x', '1'],
        ['y', '1'],
      ],
      result: 'OK',
      call: 0,
      ret: 100,
    } as const;
    const seeing = (result: readonly (string | null)[]) =>
      ({ client: 'b', op: 'MGET', arg: ['x', 'y'], result, call: 10, ret: 20 }) as const;
    expect(kv(both, seeing(['1', '1'])).outcome).toBe('linearizable');
    expect(kv(both, seeing([null, null])).outcome).toBe('linearizable');
    expect(kv(both, seeing(['1', null])).outcome).toBe('not linearizable');
  });

  test('each key alone may be right where both together are not', () => {
    const set = { client: 'a', op: 'SET', key: 'x', arg: '1', result: 'OK', call: 0, ret: 100 } as const;
    const sees = { client: 'b', op: 'GET', key: 'x', result: '1', call: 10, ret: 20 } as const;
    const misses = { client: 'b', op: 'MGET', arg: ['x', 'y'], result: [null, null], call: 30, ret: 40 } as const;
    expect(kv(set, sees).outcome).toBe('linearizable');
    expect(kv(set, sees, misses).outcome).toBe('not linearizable');
  });

  test('reads of several keys with unknown outcome do not keep the keys together', () => {
    const set = (key: string) => ({ client: 'a', op: 'SET', key, arg: '1', result: 'OK', call: 0, ret: 100 }) as const;
    const unknown = { client: 'b', op: 'MGET', arg: ['x', 'y'], call: 30, ret: null } as const;
    expect(kv(set('x'), set('y'), unknown)).toMatchObject({ linearizations: [{ key: 'x' }, { key: 'y' }] });
    expect(kv(set('x'), set('y'), { ...unknown, result: ['1', null], ret: 40 })).toMatchObject({ linearizations: [{ key: undefined }] });
  });
});

test('two appends do not get one place', () => {
  const append = (result: number, call: number) => ({ client: 'a', op: 'append', arg: 'x', result, call, ret: call + 10 }) as const;
  expect(checkLinearizability([append(1, 0), append(0, 5)], appendOnlyList()).outcome).toBe('linearizable');
  expect(checkLinearizability([append(0, 0), append(0, 5)], appendOnlyList()).outcome).toBe('not linearizable');
});

describe('a verdict', () => {
  test('that is good shows an order, with those unknown operations that it needs', () => {
    const seen = write(2, 0, null);
    const [first, second, third] = [write(1, 0, 10), read(1, 5, 15), read(2, 20, 30)];
    const verdict = judge(third, seen, write(3, 0, null), second, first);
    expect(verdict).toMatchObject({ linearizations: [{ order: [first, second, seen, third] }] });
  });

  test('that is bad says how far an order goes, and what cannot follow', () => {
    const wrote = { ...write(1, 0, 10), client: 'alice', key: 'x' };
    const stale = { ...read(0, 11, 12), client: 'bob', key: 'x' };
    const wrong = { ...cas(0, 5, true, 11, 13), client: 'carol', key: 'x' };
    const verdict = judge(wrote, stale, wrong, { ...write(9, 13, null), key: 'x' });
    expect(verdict).toEqual({
      outcome: 'not linearizable',
      steps: expect.any(Number),
      key: 'x',
      prefix: [wrote],
      blocked: [
        { operation: stale, expected: 1 },
        { operation: wrong, expected: false },
      ],
      explanation: [
        'not linearizable (key "x"): 1 of 3 operations can be put in order, and nothing can follow',
        'the order is',
        '  alice write "x" 1, from 0 to 10 ms, answered null',
        'next would have to come',
        '  bob read "x", from 11 to 12 ms, answered 0, where 1 is right',
        '  carol cas "x" [0,5], from 11 to 13 ms, answered true, where false is right',
        'none of the 1 operations with unknown outcome helps',
      ].join('\n'),
    });
  });
});

describe('a model of one’s own', () => {
  type Asked = { readonly op: 'add'; readonly arg: number } | { readonly op: 'get' };
  const counter: Model<{ readonly total: number }, Asked, number> = {
    initial: { total: 0 },
    step: ({ total }, asked) =>
      asked.op === 'add' ? { state: { total: total + asked.arg }, result: total + asked.arg } : { state: { total }, result: total },
  };
  const history = [
    { client: 'a', op: 'add', arg: 2, result: 5, call: 0, ret: 10 },
    { client: 'b', op: 'add', arg: 3, result: 3, call: 0, ret: 10 },
    { client: 'a', op: 'get', result: 5, call: 11, ret: 12 },
  ] as const;

  test('needs an initial state and a step', () => {
    expect(checkLinearizability(history, counter).outcome).toBe('linearizable');
    expect(checkLinearizability([...history, { client: 'a', op: 'get', result: 3, call: 20, ret: 21 }], counter).outcome).toBe(
      'not linearizable',
    );
  });

  test('that changes the state which it was given is told so', () => {
    const mutating: typeof counter = {
      ...counter,
      step: (state, asked) => {
        if (asked.op === 'add') (state as { total: number }).total += asked.arg;
        return { state, result: state.total };
      },
    };
    expect(() => checkLinearizability(history, mutating)).toThrow(TypeError);
  });

  test('is not shown who asked, when, and what the answer was', () => {
    const shown: unknown[] = [];
    const step: typeof counter.step = (state, asked) => {
      shown.push(asked);
      return counter.step(state, asked);
    };
    checkLinearizability([history[1]], { ...counter, step });
    expect(shown).toEqual([{ op: 'add', arg: 3 }]);
  });

  test('that says of a write that it only reads is told so', () => {
    expect(() => checkLinearizability(history, { ...counter, readOnly: () => true })).toThrow('readOnly, but its step changed the state');
  });

  test('whose states hold more than plain data must have a key', () => {
    class Total {
      constructor(readonly value: number) {}
    }
    const initial = new Total(0);
    const step = ({ value }: Total) => ({ state: new Total(value), result: value });
    const asked = [{ client: 'a', op: 'get', result: 0, call: 0, ret: 1 }];
    expect(() => checkLinearizability(asked, { initial, step })).toThrow('an instance of Total');
    expect(checkLinearizability(asked, { initial, step, key: ({ value }) => value }).outcome).toBe('linearizable');
  });
});
