import { checkLimits, type LimitBounds, type NodeIdentity } from '@synod/core';
import type { ZmqCurve, ZmqServerCurve } from './curve.js';
import { checkEndpoint } from './endpoint.js';
import { quoted, refuse } from './refuse.js';

/** Bounds and times. All have defaults. */
export interface ZmqLimits {
  /** The largest frame in bytes, sent or received. A peer that sends a larger one is disconnected. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** How many frames wait for one peer that takes them too slowly. Default 1,000. */
  readonly queueFrames?: number;
  /** How many bytes of frames wait for one peer. At least `maxFrameBytes`. Default 64 MiB. */
  readonly queueBytes?: number;
  /** How many clients a server remembers at its door, least recently heard forgotten first. Default 1,024. */
  readonly maxClients?: number;
  /** ms between heartbeats; a connection that is silent for five of them is dead. Default 1,000. */
  readonly heartbeat?: number;
  /** ZeroMQ's I/O threads. Default 1, enough for gigabytes a second. */
  readonly ioThreads?: number;
}

/** A node that the topology lists. */
export interface ZmqServerOptions extends ZmqLimits {
  /** Where this node receives from the other listed nodes. */
  readonly bind: string;
  /** Node id to the endpoint that it binds, for every other node of the topology. This node's own entry is ignored. */
  readonly peers: Readonly<Record<string, string>>;
  /** Where this node receives from clients. None: it serves no client over the network. */
  readonly door?: string;
  /** Encrypts, and lets in the keys that it lists alone. All nodes and clients have it, or none. None: whoever reaches them may send. */
  readonly curve?: ZmqServerCurve;
  readonly doors?: never;
}

/** A node that the topology does not list: a client, which needs no port. */
export interface ZmqClientOptions extends ZmqLimits {
  /** Node id to the endpoint of its door. Nodes left out cannot be reached. */
  readonly doors: Readonly<Record<string, string>>;
  /** Encrypts. All nodes and clients have it, or none. */
  readonly curve?: ZmqCurve;
  readonly bind?: never;
  readonly peers?: never;
  readonly door?: never;
}

export type ZmqOptions = ZmqServerOptions | ZmqClientOptions;

const DEFAULTS: Required<ZmqLimits> = {
  maxFrameBytes: 16 * 1024 * 1024,
  queueFrames: 1_000,
  queueBytes: 64 * 1024 * 1024,
  maxClients: 1_024,
  heartbeat: 1_000,
  ioThreads: 1,
};

const BOUNDS: LimitBounds<keyof ZmqLimits> = {
  maxFrameBytes: [1_024, 1024 ** 3, 'bytes'],
  queueFrames: [1, 1_000_000, 'frames'],
  queueBytes: [1_024, 1024 ** 4, 'bytes'],
  maxClients: [1, 1_000_000, 'clients'],
  heartbeat: [100, 60_000, 'ms'],
  ioThreads: [1, 64, 'threads'],
};

const KEYS = ['bind', 'peers', 'door', 'doors', 'curve', ...Object.keys(BOUNDS)];

const checkEndpoints = (key: string, given: unknown, { topology, self }: NodeIdentity): void => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    refuse('BAD_OPTION', `${key} is ${JSON.stringify(given)}; expected an object of node ids to endpoints`);
  const seen = new Map<string, string>();
  for (const [node, endpoint] of Object.entries(given as object)) {
    if (!topology.nodes.includes(node))
      refuse('UNKNOWN_NODE', `${key} names ${quoted([node])}; the topology lists ${quoted(topology.nodes)}`);
    if (node === self) continue;
    checkEndpoint(`${key}.${node}`, endpoint, 'connect');
    const other = seen.get(endpoint);
    if (other !== undefined) refuse('BAD_ENDPOINT', `${key}.${other} and ${key}.${node} are both ${endpoint}; each node has its own`);
    seen.set(endpoint, node);
  }
};

const checkServer = (options: ZmqServerOptions, identity: NodeIdentity): void => {
  checkEndpoint('bind', options.bind, 'bind');
  if (options.door !== undefined) checkEndpoint('door', options.door, 'bind');
  if (options.door === options.bind && !/:(\*|0)$/.test(options.bind))
    refuse('BAD_ENDPOINT', `bind and door are both ${options.bind}; nodes and clients come in at different endpoints`);
  checkEndpoints('peers', options.peers, identity);
  const missing = identity.topology.nodes.filter((node) => node !== identity.self && options.peers[node] === undefined);
  if (missing.length > 0)
    refuse('MISSING_PEER', `peers lacks ${quoted(missing)}, which the topology lists; give the endpoint that each binds`);
};

const checkClient = (options: ZmqClientOptions, identity: NodeIdentity): void => {
  checkEndpoints('doors', options.doors, identity);
  if (Object.keys(options.doors).length === 0) refuse('BAD_OPTION', 'doors is empty; give the door of at least one node');
};

/** Throws `ConfigurationError`, naming the option, unless the options suit this node; returns the limits with their defaults. */
export const checkOptions = (options: ZmqOptions, identity: NodeIdentity): Required<ZmqLimits> => {
  const unknown = Object.keys(options).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) refuse('BAD_OPTION', `unknown option ${quoted(unknown)}; known are ${KEYS.join(', ')}`);
  const { self, topology } = identity;
  const listed = topology.nodes.includes(self);
  if (options.doors !== undefined && (options.bind ?? options.door ?? options.peers) !== undefined)
    refuse('BAD_OPTION', 'doors is for a client, bind, peers and door are for a listed node; give the one or the other');
  if (options.doors !== undefined) {
    if (listed) refuse('BAD_OPTION', `node ${quoted([self])} is listed in the topology; give bind and peers instead of doors`);
    checkClient(options, identity);
  } else if (options.bind !== undefined) {
    if (!listed)
      refuse(
        'NODE_NOT_LISTED',
        `node ${quoted([self])} has bind, but the topology lists ${quoted(topology.nodes)}; list it, or give doors to make it a client`,
      );
    checkServer(options, identity);
  } else
    refuse(
      'BAD_OPTION',
      `node ${quoted([self])} has neither bind nor doors; give ${listed ? 'bind and peers' : 'doors: the endpoints of the nodes’ doors'}`,
    );
  return checkLimits(options, DEFAULTS, BOUNDS, (message) => refuse('BAD_OPTION', message));
};
