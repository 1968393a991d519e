import { group, memoryStorage, multiPaxos, type RunningNode, startNode, state } from '@synod/core';
import { natsTransport } from '@synod/transport-nats';
import { firstValueFrom, Subject, skip, timeout } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { cluster, counters } from '../support/counters.js';
import { type NatsServer, PATIENCE, runningNatsCluster, runningNatsServer } from './support.js';

const start = async (self: string, servers: string | readonly string[]): Promise<RunningNode> => {
  const storage = cluster.nodes.includes(self) ? [memoryStorage()] : [];
  const node = await startNode({ self, cluster }, natsTransport({ servers, heartbeat: 200 }), ...storage, counters);
  onTestFinished(() => node.stop());
  return node;
};

test('three nodes and a client agree over NATS, and the client is configured as a node is', async () => {
  const { url } = await runningNatsServer();
  const [, b] = (await Promise.all(['a', 'b', 'c'].map((self) => start(self, url)))) as [RunningNode, RunningNode, RunningNode];
  const client = await start('shop', url);
  expect(await b.of(counters).submit({ add: 2 })).toBe(2);
  expect(await client.of(counters).submit({ add: 3 })).toBe(5);
  expect(await client.of(counters).query('total')).toBe(5);
});

test('a protocol whose messages the transport does not carry is refused before anything starts', async () => {
  const large = group(
    'counters',
    multiPaxos({ resultBytes: 1024 * 1024 }),
    state({ initial: {}, apply: () => undefined, query: () => undefined }),
  );
  const node = startNode({ self: 'a', cluster }, natsTransport({ servers: 'nats://127.0.0.1:4222' }), memoryStorage(), large);
  await expect(node).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('the transport carries 1048576'),
  });
});

test('a second node of an id that is up does not start', async () => {
  const { url } = await runningNatsServer();
  await start('a', url);
  await expect(start('a', url)).rejects.toMatchObject({ code: 'DUPLICATE_NODE' });
});

/** Every node adds one again and again, whatever becomes of each. */
const load = (nodes: readonly RunningNode[]) => {
  const acknowledged$ = new Subject<void>();
  let running = true;
  let acknowledged = 0;
  const add = async (node: RunningNode): Promise<void> => {
    while (running) {
      try {
        await node.of(counters).submit({ add: 1 }, { deadline: 1_000 });
        acknowledged++;
        acknowledged$.next();
      } catch {}
    }
  };
  const done = Promise.all(nodes.map(add));
  return {
    acknowledged: () => acknowledged,
    /** Completes when so many more were acknowledged. */
    further: (count: number) => firstValueFrom(acknowledged$.pipe(skip(count - 1), timeout(PATIENCE))),
    stop: async () => {
      running = false;
      await done;
    },
  };
};

test('a deployment commits again when one of its three NATS servers is killed under load, and then another', async () => {
  const servers = (await runningNatsCluster(3)) as [NatsServer, NatsServer, NatsServer];
  const urls = servers.map(({ url }) => url);
  const nodes = await Promise.all(['a', 'b', 'c'].map((self) => start(self, urls)));
  const running = load(nodes);
  await running.further(100);
  for (const server of servers.slice(0, 2)) {
    await server.kill();
    await running.further(100);
  }
  await running.stop();
  // What was acknowledged was done; what has an unknown outcome may have been.
  expect(await nodes[0]!.of(counters).query('total')).toBeGreaterThanOrEqual(running.acknowledged());
});

test('a deployment commits again when its only NATS server was restarted under load', async () => {
  const server = await runningNatsServer();
  const nodes = await Promise.all(['a', 'b', 'c'].map((self) => start(self, server.url)));
  const running = load(nodes);
  for (let restart = 0; restart < 2; restart++) {
    await running.further(100);
    await server.kill();
    await server.start();
  }
  await running.further(100);
  await running.stop();
  expect(await nodes[1]!.of(counters).query('total')).toBeGreaterThanOrEqual(running.acknowledged());
});
