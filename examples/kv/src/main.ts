import { parseArgs } from 'node:util';
import { SynodError } from '@synod/core';
import { first } from 'rxjs';
import { MAY_NOT_VOTE } from './cluster/warnings.js';
import { ConfigError, type KvConfig, readConfig } from './config.js';
import { defaultConfig } from './default-config.js';
import { startStoreNode } from './deployment.js';
import { RedisServer } from './server/redis-server.js';

const HELP = `Runs one node of the replicated store, and serves Redis clients.

  node examples/kv/dist/main.js --node ID [--config FILE]

  --node ID      which node of the file this process is
  --config FILE  the deployment, the same for all its nodes; unless given: a, b, c on this machine, as npm start has them
  --help         this text

FILE is JSON:

  { "cluster": "demo", "transport": "zmq", "data": ".synod",
    "nodes": [ { "id": "a", "address": "tcp://127.0.0.1:7101", "redis": "127.0.0.1:7001" }, … ] }

and a node may have "roles", a list of proposer, leader, acceptor, learner, and "client", an endpoint where client nodes come in.
A relative "data" begins at the file's directory. SIGINT and SIGTERM stop the node cleanly.
`;

/** ms that a clean stop may take. */
const PATIENCE = 5_000;

/** Says why and ends the process: 2 if it was called wrongly, else 1. */
const fail = (thrown: unknown, code: 1 | 2 = 1): never => {
  const { message } = thrown as Error;
  console.error(thrown instanceof SynodError ? `${thrown.code}: ${message}` : message);
  process.exit(code);
};

const run = async (config: KvConfig, id: string): Promise<void> => {
  const self = config.nodes.find((node) => node.id === id);
  if (self === undefined)
    throw new ConfigError(`--node ${id}: no such node; the file has ${config.nodes.map((node) => node.id).join(', ')}`);
  const backend = await startStoreNode(config, self);
  const { node } = backend;
  node.failure$.subscribe((error) => fail(new Error(`node ${id} failed: ${error.message}`)));
  node.events$.subscribe((event) => console.error(`node ${id}: ${JSON.stringify(event)}`));
  node.events$.pipe(first(({ event }) => event === 'generation refused', undefined)).subscribe((refusal) => {
    if (refusal !== undefined) console.error(`node ${id} ${MAY_NOT_VOTE}: ${refusal.reason}`);
  });

  const server = new RedisServer(backend);
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => fail(new Error(`node ${id} did not stop in ${PATIENCE} ms`)), PATIENCE).unref();
    await server.close();
    await node.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop().catch(fail));
  // Started by npm start, the demo or a test: not to outlive it.
  process.on('disconnect', () => void stop().catch(fail));

  if (self.redis !== undefined) {
    const { host, port } = self.redis;
    await server.listen(self.redis).catch((error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const advice = `another program listens there; stop it, or change "redis" of node ${id} in the configuration`;
      throw new Error(`node ${id} cannot listen on ${host}:${port}: ${taken ? advice : error.message}`);
    });
  }
  const redis = self.redis === undefined ? 'no Redis door' : `Redis on ${self.redis.host}:${self.redis.port}`;
  console.log(`node ${id}: ${redis}, peers on ${self.address}, data in ${config.storage === 'file' ? `${config.data}/${id}` : 'memory'}`);
  process.send?.('listening');
};

try {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, node: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) console.log(HELP);
  else if (values.node === undefined) fail(new Error('--node ID is missing; --help tells more'), 2);
  else await run(values.config === undefined ? defaultConfig() : readConfig(values.config), values.node!);
} catch (error) {
  fail(error, error instanceof TypeError || error instanceof ConfigError ? 2 : 1);
}
