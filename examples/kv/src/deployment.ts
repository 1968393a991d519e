import {
  colocated,
  group,
  type Logger,
  memoryStorage,
  multiPaxos,
  type NodeOptions,
  type RunningNode,
  silentLogger,
  startNode,
  stateMachine,
  topology,
} from '@synod/core';
import { fileStorage } from '@synod/storage-file';
import { zmqTransport } from '@synod/transport-zmq';
import { dataOf, type KvConfig, type NodeConfig } from './config.js';
import type { Backend } from './server/backend.js';
import { LIMITS } from './server/limits.js';
import { MAX_REPLY_BYTES, MAX_VALUE_BYTES } from './store/limits.js';
import { KeyValueMachine } from './store/machine.js';

/** A running node, and the store as it sees it. */
export interface StoreNode extends Backend {
  readonly node: RunningNode;
}

const STORE = 'kv';

/** The one place where a configuration becomes a deployment: which protocol, which transport, which storage. */
const storeGroup = () =>
  group(
    STORE,
    // A pipeline's batch has a few bytes of its own around the largest command, and its last reply may exceed the bound by a value.
    multiPaxos({ commandBytes: LIMITS.commandBytes + 1024, resultBytes: MAX_REPLY_BYTES + MAX_VALUE_BYTES + 65_536 }),
    stateMachine(() => new KeyValueMachine()),
  );

const optionsOf = ({ cluster, nodes }: KvConfig, self: string): NodeOptions => ({
  self,
  name: cluster,
  cluster: nodes.some(({ roles }) => roles !== undefined)
    ? topology(Object.fromEntries(nodes.map(({ id, roles }) => [id, roles ?? ['*']])))
    : colocated(nodes.map(({ id }) => id)),
});

/** Starts a node of the file. Rejects as `startNode` does. `logger` is told of what the storage cut off in recovery. */
export const startStoreNode = async (config: KvConfig, self: NodeConfig, logger: Logger = silentLogger): Promise<StoreNode> => {
  const peers = Object.fromEntries(config.nodes.filter(({ id }) => id !== self.id).map(({ id, address }) => [id, address]));
  const transport = zmqTransport({ bind: self.address, peers, ...(self.client !== undefined && { door: self.client }) });
  const storage = config.storage === 'file' ? fileStorage({ directory: dataOf(config, self), logger }) : memoryStorage();
  const store = storeGroup();
  return storeNode(await startNode(optionsOf(config, self.id), transport, storage, store), store);
};

/** Starts a client of the deployment: it proposes, and has no port and no disk. */
export const startStoreClient = async (config: KvConfig, id: string): Promise<StoreNode> => {
  const doors = Object.fromEntries(config.nodes.flatMap((node) => (node.client === undefined ? [] : [[node.id, node.client]])));
  const store = storeGroup();
  return storeNode(await startNode(optionsOf(config, id), zmqTransport({ doors }), store), store);
};

const storeNode = (node: RunningNode, store: ReturnType<typeof storeGroup>): StoreNode => {
  let refusal: string | undefined;
  node.events$.subscribe(({ event, reason }) => {
    if (event === 'generation refused') refusal ??= String(reason);
  });
  return { node, client: node.of(store), group: STORE, status: () => node.status(), refusal: () => refusal };
};
