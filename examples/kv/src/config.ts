import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { problemsIn, schemaFor } from './config-schema.js';
import type { ListenAt } from './server/redis-server.js';

export interface NodeConfig {
  readonly id: string;
  /** Where the node receives from the others, over ZeroMQ; over NATS the servers know. */
  readonly address?: string | undefined;
  /** Where it receives from Redis clients, if it serves any. */
  readonly redis?: ListenAt | undefined;
  /** Where it receives from client nodes over ZeroMQ, if it serves any. */
  readonly client?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

export const PROTOCOLS = ['multi-paxos', 'fast-paxos'] as const;
export type ProtocolName = (typeof PROTOCOLS)[number];
export const TRANSPORTS = ['zmq', 'nats'] as const;
export type TransportName = (typeof TRANSPORTS)[number];
export const STORAGES = ['file', 'level', 'memory'] as const;
export type StorageName = (typeof STORAGES)[number];

/** A deployment of the store: the same file for all its nodes. */
export interface KvConfig {
  /** Where it was read, for messages. */
  readonly file: string;
  readonly cluster: string;
  readonly protocol: ProtocolName;
  readonly transport: TransportName;
  /** Of NATS. */
  readonly servers?: readonly string[] | undefined;
  readonly storage: StorageName;
  /** Absolute; each node keeps its files in a directory below, named by its id. */
  readonly data: string;
  readonly nodes: readonly NodeConfig[];
}

/** Where a node keeps its files. */
export const dataOf = ({ data }: KvConfig, { id }: NodeConfig): string => join(data, id);

/** The same, to be told. */
export const dataTextOf = (config: KvConfig, self: NodeConfig): string => (config.storage === 'memory' ? 'memory' : dataOf(config, self));

export const acceptorsOf = ({ nodes }: KvConfig): readonly NodeConfig[] =>
  nodes.filter(({ roles }) => roles === undefined || roles.includes('acceptor'));

/** How many of them must run. */
export const majorityOf = (acceptors: readonly NodeConfig[]): number => Math.floor(acceptors.length / 2) + 1;

/** The file does not describe a deployment. Each problem names the key, what was found, and what is allowed. */
export class ConfigError extends Error {}

/** Throws `ConfigError`, with one line for each problem. `directory` is where a relative `data` begins: that of the file. */
export const parseConfig = (input: unknown, file: string, directory: string): KvConfig => {
  const parsed = schemaFor(input).safeParse(input);
  const problems = problemsIn(parsed, input);
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${file}: ${problem}`).join('\n'));
  const config = parsed.data!;
  return { file, ...config, data: resolve(directory, config.data) };
};

/** Throws `ConfigError`. */
export const readConfig = (file: string): KvConfig => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read: ${(error as Error).message}`);
  }
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${file}: is not JSON: ${(error as Error).message}`);
  }
  return parseConfig(input, file, dirname(resolve(file)));
};
