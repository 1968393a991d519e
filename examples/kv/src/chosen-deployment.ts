import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NatsServer } from './cluster/nats-server.js';
import { PROTOCOLS, STORAGES, TRANSPORTS } from './config.js';
import { localDeployment } from './default-config.js';
import { choiceFrom, UsageError } from './program.js';

/** What `npm start` was told. */
export type Choice = Readonly<Partial<Record<'config' | 'protocol' | 'transport' | 'servers' | 'storage', string>>>;

/**
 * The file of the deployment that was chosen; undefined for the built-in one. One of chosen parts is written into `directory`. Starts
 * a NATS server if that needs one and none is given. Throws `UsageError`.
 */
export const chosenDeployment = async ({ config, ...parts }: Choice, directory: string): Promise<string | undefined> => {
  const given = Object.keys(parts).filter((name) => parts[name as keyof typeof parts] !== undefined);
  if (given.length === 0) return config;
  if (config !== undefined)
    throw new UsageError(
      `--config: found with ${given.map((name) => `--${name}`).join(', ')}, which the file says; allowed is one or the other`,
    );
  const protocol = choiceFrom('protocol', parts.protocol ?? 'multi-paxos', PROTOCOLS);
  const transport = choiceFrom('transport', parts.transport ?? 'zmq', TRANSPORTS);
  const storage = choiceFrom('storage', parts.storage ?? 'file', STORAGES);
  if (parts.servers !== undefined && transport !== 'nats')
    throw new UsageError(`--servers: found with the transport ${transport}; allowed is --transport nats`);
  const servers = parts.servers?.split(',') ?? (transport === 'nats' ? [await natsServer()] : undefined);
  // Data stay with the protocol that wrote them, and with their storage.
  const data = join(protocol === 'multi-paxos' ? '.' : protocol, storage === 'level' ? storage : '.');
  const file = join(directory, `${protocol}-${transport}-${storage}.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, JSON.stringify(localDeployment({ protocol, transport, storage, data, ...(servers && { servers }) }), null, 2));
  console.log(`the deployment is in ${resolve(file)}`);
  return file;
};

const natsServer = async (): Promise<string> => {
  const server = await NatsServer.start();
  console.log(`nats-server on ${server.url}, PID ${server.pid}; it ends with this program`);
  void server.ended.then(() =>
    console.error('nats-server ended: the nodes hear nothing of each other until this program is started again'),
  );
  return server.url;
};
