import { memoryStorage, startNode } from '@synod/core';
import { newCurveKeys, zmqTransport } from '@synod/transport-zmq';
import { filter, firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { cluster, counters } from '../support/counters.js';
import { freeEndpoints, freePeers } from './support.js';

test('three nodes and a client agree over ZeroMQ, and the client needs no port', async () => {
  const peers = await freePeers();
  const [a, b, c] = (await freeEndpoints(3)) as [string, string, string];
  const doors = { a, b, c };
  const nodes = await Promise.all(
    (['a', 'b', 'c'] as const).map((self) =>
      startNode({ self, cluster }, zmqTransport({ bind: peers[self], peers, door: doors[self] }), memoryStorage(), counters),
    ),
  );
  const client = await startNode({ self: 'shop', cluster }, zmqTransport({ doors }), counters);
  onTestFinished(async () => {
    await Promise.all([client, ...nodes].map((node) => node.stop()));
  });
  expect(await nodes[1]!.of(counters).submit({ add: 2 })).toBe(2);
  expect(await client.of(counters).submit({ add: 3 })).toBe(5);
  expect(await client.of(counters).query('total')).toBe(5);
});

test('three nodes and a client agree over CURVE, and a node of another cluster is not heard though its key is listed', async () => {
  const peers = await freePeers();
  const [a, b, c] = (await freeEndpoints(3)) as [string, string, string];
  const keys = { a: newCurveKeys(), b: newCurveKeys(), c: newCurveKeys(), shop: newCurveKeys() };
  const nodes = { a: keys.a.publicKey, b: keys.b.publicKey, c: keys.c.publicKey };
  const doors = { a, b, c };
  const start = (self: 'a' | 'b' | 'c', name?: string) =>
    startNode(
      { self, cluster, ...(name !== undefined && { name }) },
      zmqTransport({
        bind: peers[self],
        peers,
        door: doors[self],
        curve: { secretKey: keys[self].secretKey, nodes, clients: [keys.shop.publicKey] },
      }),
      memoryStorage(),
      counters,
    );
  const [first, second, third] = await Promise.all([start('a'), start('b'), start('c')]);
  const curve = { secretKey: keys.shop.secretKey, nodes };
  const client = await startNode({ self: 'shop', cluster }, zmqTransport({ doors, curve }), counters);
  const running = [client, first, second];
  onTestFinished(async () => {
    await Promise.all(running.map((node) => node.stop()));
  });
  expect(await third.of(counters).submit({ add: 2 })).toBe(2);
  expect(await client.of(counters).submit({ add: 3 })).toBe(5);
  await third.stop();
  const refused = firstValueFrom(first.events$.pipe(filter(({ event }) => event === 'frame refused')));
  running.push(await start('c', 'another'));
  expect(await refused).toMatchObject({ reason: 'cluster: a frame of another cluster' });
  expect(await client.of(counters).submit({ add: 1 })).toBe(6);
});

test('a node whose transport is configured wrongly does not start, and says which option', async () => {
  const peers = await freePeers();
  const start = startNode({ self: 'a', cluster }, zmqTransport({ bind: 'http://0.0.0.0:7101', peers }), memoryStorage(), counters);
  await expect(start).rejects.toMatchObject({ name: 'ConfigurationError', code: 'BAD_ENDPOINT' });
});
