import { afterEach, beforeEach, expect, test } from 'vitest';
import { Workshop } from './support/program.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
});

afterEach(() => workshop.close());

test('npm run bench measures several deployments, each against the bare loop that suits it', async () => {
  const parts = ['--transport', 'memory,nats', '--storage', 'memory'];
  const bench = workshop.program(
    'bench/main.js',
    '--clients',
    '4',
    '--seconds',
    '0.1',
    '--warmup',
    '0',
    '--pairs',
    '2',
    '--json',
    ...parts,
  );
  expect(await bench.code).toBe(0);
  const rows = bench.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ name, transport, rounds }) => [name, transport, rounds])).toEqual([
    ['synod', 'memory', 2],
    ['synod', 'nats', 2],
    ['bare loop', 'memory', 2],
    ['bare loop', 'zmq', 2],
  ]);
  expect(rows.map(({ toFirst }) => toFirst)).toEqual([1, expect.any(Number), undefined, undefined]);
  expect(rows.map(({ throughputRatio }) => throughputRatio)).toEqual([expect.any(Number), expect.any(Number), undefined, undefined]);
});

test('npm run bench measures several protocols, each against the same bare loop', async () => {
  const parts = ['--protocol', 'multi-paxos,fast-paxos', '--transport', 'memory', '--storage', 'memory'];
  const bench = workshop.program('bench/main.js', '--clients', '4', '--seconds', '0.1', '--warmup', '0', '--json', ...parts);
  const [code, output] = await bench.ending();
  const rows = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([code, rows.map(({ name, protocol, transport }) => [name, protocol, transport])]).toEqual([
    0,
    [
      ['synod', 'multi-paxos', 'memory'],
      ['synod', 'fast-paxos', 'memory'],
      ['bare loop', undefined, 'memory'],
    ],
  ]);
  const number = expect.any(Number);
  expect(rows.map(({ toFirst, throughputRatio }) => [toFirst, throughputRatio])).toEqual([
    [1, number],
    [number, number],
    [undefined, undefined],
  ]);
});

test('npm run bench tells of both contenders in JSON, and refuses options that it does not know', async () => {
  const bench = workshop.program('bench/main.js', '--clients', '1,16', '--seconds', '0.1', '--warmup', '0.1', '--reads', '0.5', '--json');
  expect(await bench.code).toBe(0);
  const rows = bench.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ name, transport, storage, clients }) => [name, transport, storage, clients])).toEqual([
    ['synod', 'zmq', 'file', 1],
    ['bare loop', 'zmq', 'file', 1],
    ['synod', 'zmq', 'file', 16],
    ['bare loop', 'zmq', 'file', 16],
  ]);
  for (const row of rows) for (const key of ['opsPerSecond', 'p50ms', 'p99ms', 'cpuMicroseconds']) expect(row[key]).toBeGreaterThan(0);
  const wrong = workshop.program('bench/main.js', '--clients', '0');
  expect([await wrong.code, wrong.output]).toEqual([2, '--clients: found "0"; allowed is a whole number from 1 to 65536\n']);
});
