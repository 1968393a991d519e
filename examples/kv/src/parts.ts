import { type Logger, memoryStorage, multiPaxos, type ProtocolPart, type ReplicatesStateMachine, silentLogger } from '@synod/core';
import { fastPaxos } from '@synod/fast-paxos';
import { fileStorage } from '@synod/storage-file';
import { levelStorage } from '@synod/storage-level';
import { natsTransport } from '@synod/transport-nats';
import { zmqTransport } from '@synod/transport-zmq';
import type { ContainerModule } from 'inversify';
import type { KvConfig, NodeConfig, ProtocolName, StorageName } from './config.js';
import { LIMITS } from './server/limits.js';
import { MAX_REPLY_BYTES, MAX_VALUE_BYTES } from './store/limits.js';

/** A value of 4 MiB, or a page of replies, is one message: the servers' `max_payload` must be as much, or nodes do not start. */
export const NATS_FRAME_BYTES = 9 * 1024 * 1024;

/** A pipeline's batch has a few bytes of its own around the largest command, and its last reply may exceed the bound by a value. */
const LOG = { commandBytes: LIMITS.commandBytes + 1024, resultBytes: MAX_REPLY_BYTES + MAX_VALUE_BYTES + 65_536 };

/** By which the store is replicated. */
export const protocolOf = (protocol: ProtocolName): ProtocolPart<ReplicatesStateMachine> =>
  protocol === 'fast-paxos' ? fastPaxos(LOG) : multiPaxos(LOG);

const nats = (servers: readonly string[]): ContainerModule => natsTransport({ servers, maxFrameBytes: NATS_FRAME_BYTES });

/** By node, where it listens; those that listen nowhere are left out. */
const places = (nodes: readonly NodeConfig[], key: 'address' | 'client'): Readonly<Record<string, string>> =>
  Object.fromEntries(nodes.flatMap(({ id, [key]: place }) => (place === undefined ? [] : [[id, place]])));

/** The transport of a node that the file names. */
export const transportOf = ({ transport, servers = [], nodes }: KvConfig, { address = '', client }: NodeConfig): ContainerModule =>
  transport === 'nats'
    ? nats(servers)
    : zmqTransport({ bind: address, peers: places(nodes, 'address'), ...(client !== undefined && { door: client }) });

/** That of a client of the deployment. */
export const clientTransportOf = ({ transport, servers = [], nodes }: KvConfig): ContainerModule =>
  transport === 'nats' ? nats(servers) : zmqTransport({ doors: places(nodes, 'client') });

/** `logger` is told of what the storage cut off in recovery. */
export const storageIn = (storage: StorageName, directory: string, logger: Logger = silentLogger): ContainerModule => {
  if (storage === 'memory') return memoryStorage();
  return storage === 'level' ? levelStorage({ directory }) : fileStorage({ directory, logger });
};
