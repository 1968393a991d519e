import {
  colocated,
  group,
  MemoryNetwork,
  memoryStorage,
  memoryTransport,
  multiPaxos,
  type RunningNode,
  startNode,
  stateMachine,
} from '@synod/core';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisServer } from '../../examples/kv/src/server/redis-server.js';
import { KeyValueMachine } from '../../examples/kv/src/store/machine.js';

/** Three nodes in this process, each with a door for Redis clients: everything is real but the network and the disk. */
const nodes: RunningNode[] = [];
const servers: RedisServer[] = [];
const clients: Redis[] = [];

beforeAll(async () => {
  const network = new MemoryNetwork();
  const ids = ['a', 'b', 'c'];
  for (const self of ids) {
    const store = group(
      'kv',
      multiPaxos(),
      stateMachine(() => new KeyValueMachine()),
    );
    const node = await startNode({ self, cluster: colocated(ids) }, memoryTransport(network), memoryStorage(), store);
    nodes.push(node);
    const server = new RedisServer({ client: node.of(store), group: 'kv', status: () => node.status(), refusal: () => undefined });
    servers.push(server);
    clients.push(new Redis({ port: await server.listen({ host: '127.0.0.1', port: 0 }), host: '127.0.0.1' }));
  }
});

afterAll(async () => {
  for (const client of clients) client.disconnect();
  for (const server of servers) await server.close();
  for (const node of nodes) await node.stop();
});

test('what is written at one node is read at the others, at once', async () => {
  for (let i = 0; i < 30; i++) {
    const [writer, reader] = [clients[i % 3]!, clients[(i + 1) % 3]!];
    expect(await writer.set('key', `${i}`)).toBe('OK');
    expect(await reader.get('key')).toBe(`${i}`);
  }
});

test('increments through all three nodes at once all count', async () => {
  await Promise.all(clients.flatMap((client) => Array.from({ length: 100 }, () => client.incr('count'))));
  expect(await clients[0]!.get('count')).toBe('300');
});

test('a key expires without further writes, at every node', async () => {
  await clients[0]!.set('short', 'v', 'PX', 150);
  expect(await clients[1]!.pttl('short')).toBeGreaterThan(0);
  for (const client of clients) {
    let gone = false;
    while (!gone) gone = (await client.exists('short')) === 0;
  }
  const keysOf = async (client: Redis): Promise<unknown> => client.call('DEBUG', 'KEYSPACE');
  for (const client of clients) expect(((await keysOf(client)) as number[])[1]).toBe(0);
});

test('all replicas come to the same digest', async () => {
  await clients[1]!.mset({ x: '1', y: '2', z: '3' });
  const digests = (): Promise<unknown[]> => Promise.all(clients.map((client) => client.call('DEBUG', 'DIGEST')));
  let found = await digests();
  while (new Set(found).size > 1) found = await digests();
  expect(found[0]).toMatch(/^[0-9a-f]{16}$/);
});

test('INFO tells the same leader everywhere, and who it is', async () => {
  const leadersOf = async (): Promise<string[]> => {
    const infos = await Promise.all(clients.map((client) => client.info('synod')));
    return infos.map((info) => `${/synod_leader:(.*)\r/.exec(info)?.[1]} ${/synod_role:(.*)\r/.exec(info)?.[1]}`);
  };
  // A node that has just heard of another leader may be alone in it for a moment.
  let found = await leadersOf();
  while (new Set(found.map((each) => each.split(' ')[0])).size > 1) found = await leadersOf();
  expect(found.map((each) => each.split(' ')[1]).sort()).toEqual(['follower', 'follower', 'leader']);
});

test('INFO tells that a node may vote once all have formed', async () => {
  for (const client of clients) {
    let told = await client.info('synod');
    // A follower may hear from the last acceptor after the first command was served.
    while (!told.includes('synod_may_vote:yes')) told = await client.info('synod');
    expect(told).toContain('synod_may_vote:yes\r\nsynod_may_not_vote_because:\r\n');
  }
});
