import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { askInfo } from './cluster/node-info.js';
import { NodeProcess } from './cluster/node-process.js';
import { MAY_NOT_VOTE } from './cluster/warnings.js';
import { ConfigError, type KvConfig, readConfig } from './config.js';
import { defaultConfig } from './default-config.js';
import type { ListenAt } from './server/redis-server.js';

const HELP = `Starts all nodes of the replicated store on this machine, and stays up until Ctrl-C.

  npm start [-- --config FILE]

  --config FILE  the deployment (see node examples/kv/dist/main.js --help); unless given: three nodes, a, b and c,
                 Redis on ports 7001 to 7003, data below .synod/
  --verbose      tells what the nodes tell
  --help         this text
`;

const say = (line: string): void => console.log(line);

const stopAll = async (processes: readonly NodeProcess[]): Promise<void> => {
  await Promise.all(processes.filter(({ running }) => running).map((each) => each.stop()));
};

/** Resolves with the leader as soon as a node knows one. */
const findLeader = async (doors: readonly ListenAt[], stopped: () => boolean): Promise<string | undefined> => {
  while (!stopped()) {
    for (const door of doors) {
      const info = await askInfo(door);
      if (info !== undefined && info.leader !== '') return info.leader;
    }
    await sleep(100);
  }
  return undefined;
};

const adviceFor = (doors: readonly ListenAt[], nodes: number): string => {
  const spare = Math.floor((nodes - 1) / 2);
  const [first, second = first] = doors as [ListenAt, ListenAt?];
  const [at, other] = [first, second!].map(({ host, port }) => (host === '127.0.0.1' ? `-p ${port}` : `-h ${host} -p ${port}`));
  return `
Try, with any Redis client:
  redis-cli ${at} SET greeting hello
  redis-cli ${other} GET greeting
or, if there is no redis-cli here:
  node examples/kv/dist/cli.js ${at} SET greeting hello
  node examples/kv/dist/cli.js ${other} GET greeting
Any node takes any command.${spare > 0 ? ` Kill one and go on: ${nodes - spare} of ${nodes} are enough.` : ''}
Ctrl-C stops all nodes; the data stays, and the next start goes on from there.
`;
};

const run = async (config: KvConfig, configFile: string | undefined, verbose: boolean): Promise<void> => {
  let stopping = false;
  const processes = config.nodes.map(
    ({ id }) =>
      new NodeProcess({
        id,
        configFile,
        says: (line) => (verbose || line.includes(MAY_NOT_VOTE) ? say(line.startsWith('node ') ? line : `node ${id}: ${line}`) : undefined),
      }),
  );
  const stop = async (code: number): Promise<never> => {
    if (!stopping) {
      stopping = true;
      await stopAll(processes);
      if (code === 0) say('stopped');
    }
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

  try {
    await Promise.all(processes.map(({ listening }) => listening));
  } catch (error) {
    if (stopping) return;
    // One node that cannot start is no reason to keep the others from serving, if they are a majority.
    const results = await Promise.allSettled(processes.map(({ listening }) => listening));
    const failed = results.filter(({ status }) => status === 'rejected').length;
    if (2 * failed >= processes.length) {
      console.error(`The store did not start. ${(error as Error).message}`);
      return stop(1);
    }
    results.forEach((result, i) => {
      if (result.status === 'rejected')
        console.error(`Node ${processes[i]!.id} did not start; the others do. ${(result.reason as Error).message}`);
    });
  }
  for (const { id, redis, address, client } of config.nodes) {
    const places = [redis && `Redis on ${redis.host}:${redis.port}`, `peers on ${address}`, client && `client nodes on ${client}`];
    say(`node ${id}  ${places.filter(Boolean).join(', ')}`);
  }
  for (const each of processes) {
    void each.ended.then(({ code, signal }) => {
      if (stopping) return;
      const how = signal === null ? `exit code ${code}` : signal;
      say(`node ${each.id} ended (${how})${code ? `: ${each.lastLine}` : ''}; the store goes on while a majority of its nodes runs`);
      say(
        `  to start it again:  node examples/kv/dist/main.js --node ${each.id}${configFile === undefined ? '' : ` --config ${configFile}`}`,
      );
      if (!processes.some(({ running }) => running)) void stop(1);
    });
  }
  const doors = config.nodes.flatMap(({ redis }) => (redis === undefined ? [] : [redis]));
  if (doors.length === 0) return;
  const leader = await findLeader(doors, () => stopping);
  if (leader !== undefined) say(`node ${leader} leads; data in ${config.data}\n${adviceFor(doors, config.nodes.length)}`);
};

try {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, verbose: { type: 'boolean', short: 'v' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) say(HELP);
  else await run(values.config === undefined ? defaultConfig() : readConfig(values.config), values.config, values.verbose ?? false);
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exit(2);
}
