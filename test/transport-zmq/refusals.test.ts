import { type Logger, silentLogger, Tally } from '@synod/core';
import { expect, test } from 'vitest';
import { Refusals } from '../../packages/transport-zmq/src/refusals.js';

const made = () => {
  const reported: unknown[] = [];
  const lines: string[] = [];
  const warn: Logger['warn'] = (message) => lines.push(message);
  const tally = new Tally((status) => reported.push(status));
  return { refusals: new Refusals(tally, { ...silentLogger, warn }), tally, reported, lines };
};

test('a refusal is counted each time, and logged once for each reason and key', () => {
  const { refusals, tally, reported, lines } = made();
  for (let i = 0; i < 10; i++) for (const key of ['one', 'two']) refusals.tell('at door: a key', key);
  tally.close();
  expect(reported).toEqual([{ status: 'refused', reason: 'at door: a key (20 times)' }]);
  expect(lines).toEqual(Array(2).fill('transport-zmq: refused at door: a key'));
});

test('whoever comes under ever new keys fills neither the log nor the memory', () => {
  const { refusals, tally, reported, lines } = made();
  for (let i = 0; i < 5_000; i++) refusals.tell('at door: a key', `${i}`);
  tally.close();
  expect(reported).toEqual([{ status: 'refused', reason: 'at door: a key (5000 times)' }]);
  expect(lines).toHaveLength(1_001);
  expect(lines.at(-1)).toContain('only counted');
});
