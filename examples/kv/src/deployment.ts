import {
  colocated,
  group,
  type Logger,
  type NodeOptions,
  type RunningNode,
  silentLogger,
  startNode,
  stateMachine,
  topology,
} from '@synod/core';
import type { ContainerModule } from 'inversify';
import { dataOf, type KvConfig, type NodeConfig, type ProtocolName } from './config.js';
import { clientTransportOf, protocolOf, storageIn, transportOf } from './parts.js';
import type { Backend } from './server/backend.js';
import { KeyValueMachine } from './store/machine.js';

/** A running node, and the store as it sees it. */
export interface StoreNode extends Backend {
  readonly node: RunningNode;
}

const STORE = 'kv';

/** What is replicated, and by which protocol. */
const storeGroup = (protocol: ProtocolName) =>
  group(
    STORE,
    protocolOf(protocol),
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
export const startStoreNode = (config: KvConfig, self: NodeConfig, logger: Logger = silentLogger): Promise<StoreNode> => {
  const storage = storageIn(config.storage, dataOf(config, self), logger);
  return startStoreOn(config.protocol, optionsOf(config, self.id), transportOf(config, self), storage);
};

/** Starts a client of the deployment: it proposes, and has no port and no disk. */
export const startStoreClient = (config: KvConfig, id: string): Promise<StoreNode> =>
  startStoreOn(config.protocol, optionsOf(config, id), clientTransportOf(config));

/** Starts a node of the store on these parts: a transport, and a storage unless it is a client. */
export const startStoreOn = async (
  protocol: ProtocolName,
  options: NodeOptions,
  ...parts: readonly ContainerModule[]
): Promise<StoreNode> => {
  const store = storeGroup(protocol);
  return storeNode(await startNode(options, ...parts, store), store);
};

const storeNode = (node: RunningNode, store: ReturnType<typeof storeGroup>): StoreNode => {
  let refusal: string | undefined;
  node.events$.subscribe(({ event, reason }) => {
    if (event === 'generation refused') refusal ??= String(reason);
  });
  return { node, client: node.of(store), group: STORE, status: () => node.status(), refusal: () => refusal };
};
