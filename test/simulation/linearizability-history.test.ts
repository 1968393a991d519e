import { checkLinearizability, HistoryError, type HistoryOperation, historyLines, parseHistory, register } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';

const GOOD: HistoryOperation = { client: 'a', key: 'x', op: 'write', arg: 1, result: null, call: 0, ret: 5.5 };

const caught = (act: () => unknown): HistoryError => {
  try {
    act();
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('lines', () => {
  test('hold one operation each, its fields in one order', () => {
    const unknown: HistoryOperation = { call: 1, op: 'read', ret: null, client: 'b' };
    expect(historyLines([GOOD, unknown])).toBe(
      '{"client":"a","key":"x","op":"write","arg":1,"result":null,"call":0,"ret":5.5}\n{"client":"b","op":"read","call":1,"ret":null}\n',
    );
  });

  test('may be empty, and end as on Windows', () => {
    expect(parseHistory('')).toEqual([]);
    expect(parseHistory(`\r\n${historyLines([GOOD]).trimEnd()}\r\n\r\n`)).toEqual([GOOD]);
  });

  test.each([
    ['{"client":', 'is no JSON: found {"client":'],
    ['7', 'found 7'],
    ['[]', 'found []'],
    ['null', 'found null'],
    [JSON.stringify({ ...GOOD, client: 1 }), 'found client 1'],
    [JSON.stringify({ ...GOOD, key: null }), 'found key null'],
    [JSON.stringify({ ...GOOD, op: undefined }), 'found op nothing'],
    [JSON.stringify({ ...GOOD, call: '0' }), 'found call "0"'],
    [JSON.stringify({ ...GOOD, ret: undefined }), 'found ret nothing'],
    [JSON.stringify({ ...GOOD, call: 6 }), 'found ret 5.5, before call 6'],
    [JSON.stringify({ ...GOOD, return: 5 }), 'found a field "return"'],
  ])('that are wrong are named, with what is allowed: %s', (line, found) => {
    const error = caught(() => parseHistory(`${historyLines([GOOD])}\n${line}\n`));
    expect(error.code).toBe('BAD_LINE');
    expect(error.message).toContain('line 3');
    expect(error.message).toContain(found);
    expect(error.message).toContain('"ret": ms not before call, or null if unknown');
  });

  test.each([10n, Number.NaN, new Map(), [Number.POSITIVE_INFINITY], { held: () => 0 }])(
    'are not made of what JSON does not bring back: %s',
    (arg) => {
      expect(caught(() => historyLines([GOOD, { ...GOOD, arg }]))).toMatchObject({
        code: 'BAD_OPERATION',
        message: expect.stringContaining('operation 1 '),
      });
    },
  );
});

test('a history in which an operation returns before its call is not judged', () => {
  expect(caught(() => checkLinearizability([{ client: 'a', op: 'read', result: 0, call: 2, ret: 1 }], register(0))).code).toBe(
    'BAD_OPERATION',
  );
});

test('an operation that the model does not know is named, with those that it knows', () => {
  const lines = '{"client":"a","op":"swap","call":0,"ret":1}';
  expect(() => checkLinearizability(parseHistory(lines), register<unknown>(0) as never)).toThrow(
    'the model of a register knows read, write, cas; found "swap" in the history',
  );
});
