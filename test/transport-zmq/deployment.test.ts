import { colocated, group, memoryStorage, multiPaxos, startNode, state } from '@synod/core';
import { zmqTransport } from '@synod/transport-zmq';
import { expect, onTestFinished, test } from 'vitest';
import { freeEndpoints, freePeers } from './support.js';

const counters = group(
  'counters',
  multiPaxos(),
  state({
    initial: { total: 0 },
    apply: (value, command: { add: number }) => {
      value.total += command.add;
      return value.total;
    },
    query: (value, _query: 'total') => value.total,
  }),
);
const cluster = colocated(['a', 'b', 'c']);

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

test('a node whose transport is configured wrongly does not start, and says which option', async () => {
  const peers = await freePeers();
  const start = startNode({ self: 'a', cluster }, zmqTransport({ bind: 'http://0.0.0.0:7101', peers }), memoryStorage(), counters);
  await expect(start).rejects.toMatchObject({ name: 'ConfigurationError', code: 'BAD_ENDPOINT' });
});
