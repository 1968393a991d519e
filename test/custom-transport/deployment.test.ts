import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MemoryStorage, memoryStorage, startNode } from '@synod/core';
import { tcpTransport } from '@synod/example-custom-transport';
import { expect, onTestFinished, test } from 'vitest';
import { cluster, counters } from '../support/counters.js';
import { freePeers } from './support.js';

test('three nodes and a client agree over TCP, and one that comes back catches up', async () => {
  const peers = await freePeers();
  const disks = { a: new MemoryStorage(), b: new MemoryStorage(), c: new MemoryStorage() };
  const start = (self: 'a' | 'b' | 'c') =>
    startNode({ self, cluster }, tcpTransport({ listen: peers[self], peers }), memoryStorage(disks[self]), counters);
  const nodes = { a: await start('a'), b: await start('b'), c: await start('c') };
  const client = await startNode({ self: 'shop', cluster }, tcpTransport({ peers }), counters);
  onTestFinished(async () => {
    await Promise.all([client, ...Object.values(nodes)].map((node) => node.stop()));
  });
  expect(await nodes.b.of(counters).submit({ add: 2 })).toBe(2);
  expect(await client.of(counters).submit({ add: 3 })).toBe(5);
  await nodes.c.stop();
  expect(await client.of(counters).submit({ add: 4 })).toBe(9);
  nodes.c = await start('c');
  expect(await nodes.c.of(counters).query('total')).toBe(9);
});

test('the example prints what three nodes agree on, and ends by itself', async () => {
  const program = fileURLToPath(new URL('../../examples/custom-transport/dist/main.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...Object.values(await freePeers())], { timeout: 50_000 });
  expect(stdout).toMatch(/^a adds 2 {6}: 2\nthe shop adds 3: 5\nc reads {7}: 5\n2000 commits, one after the other: [\d.]+ ms each\n$/);
});

test('its conformance suite runs without a library for tests', async () => {
  const program = fileURLToPath(new URL('../../examples/custom-transport/dist/testing/main.js', import.meta.url));
  const options = ['--test', '--test-reporter=tap', '--test-name-pattern=brings it the replies'];
  const { stdout } = await promisify(execFile)(process.execPath, [...options, program], { timeout: 50_000 });
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(stdout).toMatch(/ok \d+ - lets a client in without a port, and brings it the replies/);
});
