import type { KvConfig } from '../config.js';
import { startStoreClient, startStoreNode } from '../deployment.js';
import { STORE_COMMANDS } from '../store/commands.js';
import type { Target } from './closed-loop.js';

/** One of the three nodes. */
export const synodNode = async (config: KvConfig, id: string): Promise<void> => {
  const { node } = await startStoreNode(config, config.nodes.find((each) => each.id === id)!);
  node.failure$.subscribe((error) => {
    throw error;
  });
};

/** The fourth process: a client node, which proposes. */
export const synodClient = async (config: KvConfig, bytes: number): Promise<Target> => {
  const { client } = await startStoreClient(config, 'bench');
  const value = 'x'.repeat(bytes);
  const [set, get] = [STORE_COMMANDS.get('SET')!, STORE_COMMANDS.get('GET')!];
  const target: Target = {
    put: (key) => client.submit([{ command: set, args: [key, value] }]),
    get: (key) => client.query([{ command: get, args: [key] }]),
  };
  // The first command waits for a leader, on a busy machine for long.
  await client.submit([{ command: set, args: ['warm', value] }], { deadline: 30_000 });
  return target;
};
