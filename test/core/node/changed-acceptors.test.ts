import { colocated, group, MemoryNetwork, MemoryStorage, memoryStorage, memoryTransport, multiPaxos, startNode, state } from '@synod/core';
import { expect, test } from 'vitest';

test('a node that has voted refuses a topology with other acceptors, whose quorums need not meet its votes', async () => {
  const counters = group('counters', multiPaxos(), state({ initial: { n: 0 }, apply: (value) => ++value.n, query: (value) => value.n }));
  const storage = new MemoryStorage();
  const start = (nodes: string[]) =>
    startNode({ self: 'a', cluster: colocated(nodes) }, memoryTransport(new MemoryNetwork()), memoryStorage(storage), counters);
  const first = await start(['a']);
  await first.of(counters).submit({});
  await first.stop();
  await expect(start(['a', 'b', 'c'])).rejects.toMatchObject({ code: 'CHANGED_ACCEPTORS' });
  const again = await start(['a']);
  expect(await again.of(counters).query({})).toBe(1);
  await again.stop();
});
