import { join } from 'node:path';
import { colocated, MemoryNetwork, memoryTransport } from '@synod/core';
import type { KvConfig, ProtocolName, StorageName } from '../config.js';
import { type StoreNode, startStoreClient, startStoreNode, startStoreOn } from '../deployment.js';
import { storageIn } from '../parts.js';
import { STORE_COMMANDS } from '../store/commands.js';
import type { Target } from './closed-loop.js';

/** One of the three nodes. */
export const synodNode = async (config: KvConfig, id: string): Promise<void> =>
  mustLive(await startStoreNode(config, config.nodes.find((each) => each.id === id)!));

/** The fourth process: a client node, which proposes. */
export const synodClient = async (config: KvConfig, bytes: number): Promise<Target> =>
  targetOf(await startStoreClient(config, 'bench'), bytes);

/** All four in this process. */
export const synodWhole = async (protocol: ProtocolName, storage: StorageName, directory: string, bytes: number): Promise<Target> => {
  const [ids, network] = [['a', 'b', 'c'], new MemoryNetwork()];
  const cluster = colocated(ids);
  const start = (self: string) =>
    startStoreOn(protocol, { self, cluster }, memoryTransport(network), storageIn(storage, join(directory, self)));
  for (const node of await Promise.all(ids.map(start))) mustLive(node);
  return targetOf(await startStoreOn(protocol, { self: 'bench', cluster }, memoryTransport(network)), bytes);
};

const mustLive = ({ node }: StoreNode): void => {
  node.failure$.subscribe((error) => {
    throw error;
  });
};

const targetOf = async ({ client }: StoreNode, bytes: number): Promise<Target> => {
  const value = 'x'.repeat(bytes);
  const [set, get] = [STORE_COMMANDS.get('SET')!, STORE_COMMANDS.get('GET')!];
  // The first command waits for a leader, on a busy machine for long.
  await client.submit([{ command: set, args: ['warm', value] }], { deadline: 30_000 });
  return {
    put: (key) => client.submit([{ command: set, args: [key, value] }]),
    get: (key) => client.query([{ command: get, args: [key] }]),
  };
};
