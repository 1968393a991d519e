import { ConfigurationError, checkLimits, type LimitBounds, type NodeIdentity } from '@synod/core';

/** Bounds and times. All have defaults. */
export interface TcpLimits {
  /** The largest frame in bytes, sent or received. Give all nodes the same. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** How many frames wait for one node that takes them too slowly. Default 1,000. */
  readonly queueFrames?: number;
  /** How many bytes of frames wait for one node. At least `maxFrameBytes`. Default 64 MiB. */
  readonly queueBytes?: number;
  /** How many connections a listed node accepts, of nodes and clients together. Default 1,024. */
  readonly maxConnections?: number;
  /** ms between heartbeats; a connection that is silent for five of them is dead. Give all nodes the same. Default 1,000. */
  readonly heartbeat?: number;
}

export interface TcpOptions extends TcpLimits {
  /** Where this node listens, as `host:port`. For a node that the topology lists; a client has none. */
  readonly listen?: string;
  /** Node id to where it listens, as `host:port`. This node's own entry is ignored. */
  readonly peers: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const DEFAULTS: Required<TcpLimits> = {
  maxFrameBytes: 16 * 1024 * 1024,
  queueFrames: 1_000,
  queueBytes: 64 * 1024 * 1024,
  maxConnections: 1_024,
  heartbeat: 1_000,
};

const BOUNDS: LimitBounds<keyof TcpLimits> = {
  maxFrameBytes: [1_024, 1024 ** 3, 'bytes'],
  queueFrames: [1, 1_000_000, 'frames'],
  queueBytes: [1_024, 1024 ** 4, 'bytes'],
  maxConnections: [1, 1_000_000, 'connections'],
  heartbeat: [10, 60_000, 'ms'],
};

const refuse = (message: string): never => {
  throw new ConfigurationError('BAD_OPTION', `tcpTransport: ${message}`);
};

/** Throws `ConfigurationError`, naming the option. */
export const endpointOf = (option: string, text: unknown): Endpoint => {
  const [, ipv6, name, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(String(text)) ?? [];
  if (port === undefined || Number(port) > 65_535)
    refuse(`${option} is ${JSON.stringify(text)}; expected <host>:<port> or [<IPv6>]:<port>`);
  return { host: (ipv6 ?? name)!, port: Number(port) };
};

export const addressOf = ({ host, port }: Endpoint): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/** Throws `ConfigurationError` unless the options suit this node; returns the limits with their defaults. */
export const checkOptions = (options: TcpOptions, { self, topology }: NodeIdentity): Required<TcpLimits> => {
  const { listen, peers, ...limits } = options;
  const unknown = Object.keys(limits).find((key) => !(key in BOUNDS));
  if (unknown !== undefined) refuse(`unknown option ${unknown}; known are listen, peers, ${Object.keys(BOUNDS).join(', ')}`);
  if (typeof peers !== 'object' || peers === null) refuse('peers is missing, or no object; give where each node listens, by its id');
  const listed = topology.nodes.includes(self);
  if (listed && listen === undefined) refuse(`the topology lists node ${self}; give listen, where the others reach it`);
  if (!listed && listen !== undefined) refuse(`the topology does not list node ${self}, so it is a client; leave listen out, or list it`);
  const stranger = Object.keys(peers).find((node) => !topology.nodes.includes(node));
  if (stranger !== undefined) refuse(`peers names ${stranger}; the topology lists ${topology.nodes.join(', ')}`);
  const missing = topology.nodes.find((node) => node !== self && peers[node] === undefined);
  if (missing !== undefined) refuse(`peers lacks ${missing}, which the topology lists; give where it listens`);
  return checkLimits(limits, DEFAULTS, BOUNDS, refuse);
};
