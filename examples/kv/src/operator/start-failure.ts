import { ConfigurationError, StorageError, SynodError } from '@synod/core';
import { ConfigError, dataOf, type KvConfig, type NodeConfig } from '../config.js';

/**
 * Why a node did not start, in the words of its configuration: a `ConfigError` that names file and key if what stands there cannot
 * be used, or else an error that names the node, and the directory if it is the storage's.
 */
export const startFailure = (thrown: unknown, config: KvConfig, self: NodeConfig): Error => {
  if (thrown instanceof ConfigurationError) return misfit(thrown, config, self);
  if (thrown instanceof StorageError && thrown.code === 'FOREIGN_STORAGE')
    return new ConfigError(`${config.file}: data: ${textOf(thrown)}`);
  if (thrown instanceof StorageError) return storageFailure(thrown, config, self);
  if (thrown instanceof SynodError && thrown.code === 'BIND_FAILED') {
    const key = thrown.message.startsWith('door') ? 'client' : 'address';
    const { message, cause } = thrown;
    // Of a socket file that is taken the transport tells without the system's help.
    const code = message.includes('in use') ? 'EADDRINUSE' : (cause as NodeJS.ErrnoException | undefined)?.code;
    return listenFailure(code ?? message, config, self, key);
  }
  return new Error(`node ${self.id} did not start: ${textOf(thrown)}`);
};

/** `code` is what the system said to a node that wanted to listen where `key` says. */
export const listenFailure = (code: string, config: KvConfig, self: NodeConfig, key: 'address' | 'client' | 'redis'): Error => {
  const place = `nodes[${config.nodes.indexOf(self)}].${key}`;
  const found = key === 'redis' ? `${self.redis?.host}:${self.redis?.port}` : self[key];
  if (code === 'EADDRINUSE')
    return new Error(
      `node ${self.id} cannot listen at ${found}: the address is in use. If the store runs there already, use that or stop it; ` +
        `if it is another program, stop that or change ${place} in ${config.file}`,
    );
  return new ConfigError(
    `${config.file}: ${place}: found ${JSON.stringify(found)}, where node ${self.id} cannot listen (${code}); allowed is ${ALLOWED[code] ?? 'an address of this machine'}`,
  );
};

const ALLOWED: Readonly<Record<string, string>> = {
  EACCES: 'a port above 1023, or a path that this user may write',
  ENOENT: 'a path in a directory that exists',
};

/** A storage's error, at the start or later, with whose data it is about. */
export const storageFailure = (error: StorageError, config: KvConfig, self: NodeConfig): Error => {
  const directory = dataOf(config, self);
  if (error.code === 'STORAGE_LOCKED')
    return new Error(
      `node ${self.id} cannot use ${directory} (STORAGE_LOCKED): another process does, running or suspended. If that is this store, ` +
        `started before, use it or stop it; to have a second store beside it, give that another "data" and other ports in a file of its own (--config)`,
    );
  return new Error(`node ${self.id}, data in ${directory}: ${textOf(error)}`);
};

/** What Synod refuses was made of the file; the transport's names of its options become the file's keys. */
const misfit = (error: ConfigurationError, { file, nodes }: KvConfig, self: NodeConfig): ConfigError => {
  if (error.code === 'BAD_SERVER') return new ConfigError(`${file}: servers: ${textOf(error)}`);
  if (error.code === 'CHANGED_ACCEPTORS' && isOtherProtocol(error)) return new ConfigError(`${file}: protocol: ${textOf(error)}`);
  const [, option, peer] = /^zmqTransport: (bind|door|peers\.([A-Za-z0-9_-]+))\b/.exec(error.message) ?? [];
  const node = nodes.find(({ id }) => id === peer) ?? self;
  const key = option === undefined ? '' : `[${nodes.indexOf(node)}].${option === 'door' ? 'client' : 'address'}`;
  return new ConfigError(`${file}: nodes${key}: ${textOf(error)}`);
};

/** Fast Paxos says its name before its quorums; Multi-Paxos does not. */
const isOtherProtocol = ({ message }: Error): boolean => message.includes(' under fast-paxos/') !== message.includes(' given fast-paxos/');

export const textOf = (thrown: unknown): string => {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof SynodError ? `${thrown.code}: ${message}` : message;
};
