import {
  colocated,
  group,
  MemoryNetwork,
  MemoryStorage,
  memoryStorage,
  memoryTransport,
  multiPaxos,
  quorums,
  startNode,
  state,
  synod,
} from '@synod/core';
import { fastMajority, fastPaxos, fastSynod } from '@synod/fast-paxos';
import { expect, test } from 'vitest';

const adder = state({ initial: { n: 0 }, apply: (value) => ++value.n, query: (value) => value.n });

const DEPLOYMENTS = {
  'Multi-Paxos': group('adder', multiPaxos(), adder),
  'Multi-Paxos with the quorums of Fast Paxos': group('adder', multiPaxos(), adder, quorums(fastMajority)),
  'Fast Paxos': group('adder', fastPaxos(), adder),
} as const;
type Deployment = keyof typeof DEPLOYMENTS;

test.each<[before: Deployment, after: Deployment]>([
  ['Multi-Paxos', 'Fast Paxos'],
  ['Multi-Paxos with the quorums of Fast Paxos', 'Fast Paxos'],
  ['Fast Paxos', 'Multi-Paxos'],
  ['Fast Paxos', 'Multi-Paxos with the quorums of Fast Paxos'],
])('a node that has voted under %s refuses to go on under %s, and its data are as they were', async (before, after) => {
  const storage = new MemoryStorage();
  const start = (deployment: Deployment) =>
    startNode(
      { self: 'a', cluster: colocated(['a']) },
      memoryTransport(new MemoryNetwork()),
      memoryStorage(storage),
      DEPLOYMENTS[deployment],
    );
  const first = await start(before);
  await first.of(DEPLOYMENTS[before]).submit({});
  await first.stop();
  await expect(start(after)).rejects.toMatchObject({
    name: 'ConfigurationError',
    code: 'CHANGED_ACCEPTORS',
    message: expect.stringMatching(/^node a has voted in group adder under .+, and is now given .+; give back the protocol, the acceptors/),
  });
  const again = await start(before);
  expect(await again.of(DEPLOYMENTS[before]).query({})).toBe(1);
  await again.stop();
});

test('a node that has voted by single-decree Fast Paxos refuses to go on by the Synod with the same quorums', async () => {
  const storage = new MemoryStorage();
  const quick = group('decree', fastSynod<string>());
  const slow = group('decree', synod<string>(), quorums(fastMajority));
  const start = (decree: typeof quick) =>
    startNode({ self: 'a', cluster: colocated(['a']) }, memoryTransport(new MemoryNetwork()), memoryStorage(storage), decree);
  const first = await start(quick);
  await first.of(quick).propose('one');
  await first.stop();
  await expect(start(slow)).rejects.toMatchObject({ code: 'CHANGED_ACCEPTORS' });
  const again = await start(quick);
  expect(await again.of(quick).learn()).toBe('one');
  await again.stop();
});
