import { Tally, type TransportStatus } from '@synod/core';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';

const setup = () => {
  const scheduler = new VirtualTimeScheduler();
  const told: TransportStatus[] = [];
  return { scheduler, told, tally: new Tally((status) => told.push(status), scheduler) };
};

test('what is dropped within a second is told once for each node and reason, with its count', () => {
  const { scheduler, told, tally } = setup();
  tally.dropped('a', 'queue full');
  tally.dropped('a', 'queue full', 3);
  tally.dropped('a', 'frame too large');
  tally.dropped('b', 'queue full');
  expect(told).toEqual([]);
  scheduler.flush();
  expect(scheduler.now()).toBe(1_000);
  expect(told).toEqual([
    { status: 'dropped', node: 'a', count: 4, reason: 'queue full' },
    { status: 'dropped', node: 'a', count: 1, reason: 'frame too large' },
    { status: 'dropped', node: 'b', count: 1, reason: 'queue full' },
  ]);
});

test('what is refused is told with how often', () => {
  const { scheduler, told, tally } = setup();
  tally.refused('noise');
  tally.refused('noise');
  tally.refused('other noise');
  scheduler.flush();
  expect(told).toEqual([
    { status: 'refused', reason: 'noise (2 times)' },
    { status: 'refused', reason: 'other noise' },
  ]);
});

test('a count begins again after it was told', () => {
  const { scheduler, told, tally } = setup();
  tally.dropped('a', 'queue full');
  scheduler.flush();
  tally.dropped('a', 'queue full');
  scheduler.flush();
  expect(told).toEqual(Array(2).fill({ status: 'dropped', node: 'a', count: 1, reason: 'queue full' }));
});

test('closing tells what is left, and nothing after it', () => {
  const { scheduler, told, tally } = setup();
  tally.dropped('a', 'queue full');
  tally.close();
  expect(told).toHaveLength(1);
  tally.dropped('a', 'queue full');
  scheduler.flush();
  expect(told).toHaveLength(1);
});
