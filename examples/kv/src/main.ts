import { type Logger, type NodeEvent, StorageError } from '@synod/core';
import type { NodeMessage } from './cluster/node-process.js';
import { ConfigError, dataTextOf, type KvConfig, type NodeConfig, readConfig } from './config.js';
import { defaultConfig } from './default-config.js';
import { startStoreNode } from './deployment.js';
import { eventText } from './operator/event-text.js';
import { seldom } from './operator/seldom.js';
import { listenFailure, startFailure, storageFailure, textOf } from './operator/start-failure.js';
import { whileWaiting } from './operator/while-waiting.js';
import { endWith, FAILED, onlyOptions, UsageError } from './program.js';
import { RedisServer } from './server/redis-server.js';

const HELP = `Runs one node of the replicated store, and serves Redis clients.

  node examples/kv/dist/main.js --node ID [--config FILE] [--json]

  --node ID      which node of the file this process is
  --config FILE  the deployment, the same for all its nodes; unless given: a, b, c on this machine, as npm start has them
  --json         what the node tells, one JSON object a line, instead of sentences
  --help         this text

FILE is JSON:

  { "cluster": "demo", "transport": "zmq", "data": ".synod",
    "nodes": [ { "id": "a", "address": "tcp://127.0.0.1:7101", "redis": "127.0.0.1:7001" }, … ] }

"address" is where the node listens to the others, and where they find it; "redis", which may be left out, where it serves Redis
clients. A node may have "roles", a list of proposer, leader, acceptor, learner, and "client", an endpoint where client nodes come
in. With "transport": "nats" nodes have neither "address" nor "client", and the file has "servers", a list such as
[ "nats://127.0.0.1:4222" ]. "protocol" is "multi-paxos" unless it is "fast-paxos", and stays what it was when the
data were first written; "storage" is "file" unless it is "level" or "memory". A relative "data" begins at the file's directory; each
node has a directory in it.

What the node tells goes to stdout, why it ended to stderr. It exits with 2 if it was called or configured wrongly, with 1 if it
failed, with 0 after SIGINT or SIGTERM, which stop it cleanly.
`;

/** ms that a clean stop may take. */
const PATIENCE = 5_000;
/** ms between two words on a recovery that takes long. */
const RECOVERY_WORDS = 5_000;

type Tell = (event: NodeEvent) => void;

const teller = (self: string, json: boolean): Tell =>
  json
    ? (event) => console.log(JSON.stringify({ time: new Date().toISOString(), self, ...event }))
    : (event) => console.log(`node ${self} ${eventText(event)}`);

/** To the process that started this one, if it was `npm start`, the demo or a test. */
const report = (message: NodeMessage): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

const loggerOf = (tell: Tell): Logger => {
  const log = (message: string, details?: object): void => tell({ event: 'storage', reason: message, ...details });
  return { debug: () => {}, info: log, warn: log, error: log };
};

const listen = async (server: RedisServer, config: KvConfig, self: NodeConfig): Promise<void> => {
  if (self.redis === undefined) return;
  await server.listen(self.redis).catch((error: NodeJS.ErrnoException) => {
    throw listenFailure(error.code ?? error.message, config, self, 'redis');
  });
};

const placesOf = ({ servers }: KvConfig, { redis, address, client }: NodeConfig): object => ({
  ...(redis !== undefined && { redis: `${redis.host}:${redis.port}` }),
  peers: address ?? servers?.join(', '),
  ...(client !== undefined && { clients: client }),
});

const run = async (config: KvConfig, id: string, json: boolean): Promise<void> => {
  const self = config.nodes.find((node) => node.id === id);
  if (self === undefined)
    throw new ConfigError(`--node ${id}: no such node; ${config.file} has ${config.nodes.map((node) => node.id).join(', ')}`);
  const tell = teller(id, json);
  // Until the node runs there is nothing to close: what is left is what a crash leaves.
  let stop = (): void => process.exit(0);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop());
  // Not to outlive the process that started it.
  process.on('disconnect', () => stop());

  const data = dataTextOf(config, self);
  const starting = startStoreNode(config, self, loggerOf(tell)).catch((error) => {
    throw startFailure(error, config, self);
  });
  const backend = await whileWaiting(starting, RECOVERY_WORDS, (seconds) =>
    tell({ event: 'still recovering', data, ...(config.servers && { servers: config.servers.join(', ') }), seconds }),
  );
  const { node } = backend;
  node.failure$.subscribe((error) =>
    endWith(error instanceof StorageError ? storageFailure(error, config, self) : new Error(`node ${id} failed: ${textOf(error)}`)),
  );
  node.events$.subscribe(report);
  node.events$.pipe(seldom()).subscribe(tell);

  const server = new RedisServer(backend);
  const close = async (): Promise<void> => {
    setTimeout(() => endWith(new Error(`node ${id} did not stop in ${PATIENCE} ms`)), PATIENCE).unref();
    await server.close();
    await node.stop();
    process.exit(0);
  };
  stop = () => {
    stop = () => process.exit(FAILED);
    close().catch(endWith);
  };

  await listen(server, config, self);
  tell({ event: 'listening', ...placesOf(config, self), data });
  report('listening');
};

const OPTIONS = {
  config: { type: 'string' },
  node: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

try {
  const { config, node, json, help } = onlyOptions(OPTIONS);
  if (help) console.log(HELP);
  else if (node === undefined) throw new UsageError('--node ID is missing; --help tells more');
  else await run(config === undefined ? defaultConfig() : readConfig(config), node, json);
} catch (error) {
  endWith(error);
}
