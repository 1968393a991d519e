import { type KeyValueCommand, type KeyValueInvocation, type KeyValueResult, keyValueStore } from '@synod/core/simulation';
import { expect, test } from 'vitest';

const { initial, step, partition, readOnly } = keyValueStore();

/** What a sequence of commands answers, on an empty store. */
const answers = (...asked: readonly KeyValueInvocation[]): KeyValueResult[] => {
  let store = initial;
  return asked.map((invocation) => {
    const next = step(store, invocation);
    store = next.state;
    return next.result;
  });
};

const GET: KeyValueInvocation = { op: 'GET', key: 'x' };
const INCR: KeyValueInvocation = { op: 'INCR', key: 'x' };
const set = (arg: string, key = 'x'): KeyValueCommand => ({ op: 'SET', key, arg });
const NOT_AN_INTEGER = { error: 'ERR value is not an integer or out of range' };

test('a key that was never set, or was deleted, is nil', () => {
  expect(answers(GET, set(''), GET, { op: 'DEL', arg: ['x', 'x', 'y'] }, GET)).toEqual([null, 'OK', '', 1, null]);
});

test('INCR counts from 0, and from what SET left', () => {
  expect(answers(INCR, INCR, set('-1'), INCR, GET)).toEqual([1, 2, 'OK', 0, '0']);
});

test.each(['', 'a', '1.0', ' 1', '01', '+1', '-0', '9223372036854775808', '-9223372036854775809'])(
  'INCR does not take %j for an integer',
  (text) => {
    expect(answers(set(text), INCR, GET)).toEqual(['OK', NOT_AN_INTEGER, text]);
  },
);

test('INCR counts in 64 bits', () => {
  const [most, before] = ['9223372036854775807', '9223372036854775806'];
  expect(answers(set(before), INCR, INCR, GET)).toEqual(['OK', most, { error: 'ERR increment or decrement would overflow' }, most]);
  expect(answers(set('9007199254740990'), INCR, INCR)).toEqual(['OK', 9007199254740991, '9007199254740992']);
  expect(answers(set('-9223372036854775808'), INCR)).toEqual(['OK', '-9223372036854775807']);
});

test('APPEND answers the length, and makes the key if it is not there', () => {
  const append = (arg: string): KeyValueInvocation => ({ op: 'APPEND', key: 'x', arg });
  expect(answers(append(''), GET, append('ab'), append('c'), GET)).toEqual([0, '', 2, 3, 'abc']);
});

test('MSET sets all, the last of a key that is named twice; MGET answers in the order of its keys', () => {
  const mset: KeyValueInvocation = {
    op: 'MSET',
    arg: [
      ['x', '1'],
      ['y', '2'],
      ['x', '3'],
    ],
  };
  expect(answers(mset, { op: 'MGET', arg: ['y', 'z', 'x', 'x'] })).toEqual(['OK', ['2', null, '3', '3']]);
});

test('FLUSHALL leaves nothing', () => {
  expect(answers(set('1'), set('2', 'y'), { op: 'FLUSHALL' }, { op: 'MGET', arg: ['x', 'y'] })).toEqual(['OK', 'OK', 'OK', [null, null]]);
});

test('a transaction goes on behind an error', () => {
  expect(answers({ op: 'MULTI', arg: [set('a'), { op: 'INCR', key: 'x' }, set('1'), { op: 'INCR', key: 'x' }] }, GET)).toEqual([
    ['OK', NOT_AN_INTEGER, 'OK', 2],
    '2',
  ]);
});

test('each command says which one key it touches, if it is one', () => {
  const touched: [KeyValueInvocation, string | undefined][] = [
    [GET, 'x'],
    [{ op: 'DEL', arg: ['x', 'x'] }, 'x'],
    [{ op: 'MGET', arg: ['x', 'y'] }, undefined],
    [{ op: 'MSET', arg: [['y', '1']] }, 'y'],
    [{ op: 'FLUSHALL' }, undefined],
    [{ op: 'MULTI', arg: [set('1'), { op: 'DEL', arg: ['x'] }] }, 'x'],
    [{ op: 'MULTI', arg: [set('1'), set('1', 'y')] }, undefined],
    [{ op: 'MULTI', arg: [set('1'), { op: 'FLUSHALL' }] }, undefined],
    [{ op: 'MULTI', arg: [] }, undefined],
  ];
  for (const [asked, key] of touched) expect([asked, partition?.(asked)]).toEqual([asked, key]);
});

test('only what changes nothing in any state is read-only', () => {
  expect([GET, { op: 'MGET', arg: ['x'] } as const, { op: 'MULTI', arg: [{ op: 'GET', key: 'x' }] } as const].map(readOnly!)).toEqual([
    true,
    true,
    true,
  ]);
  expect([INCR, set(''), { op: 'DEL', arg: [] } as const, { op: 'MULTI', arg: [set('')] } as const].map(readOnly!)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
