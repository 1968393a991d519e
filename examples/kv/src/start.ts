import { chosenDeployment } from './chosen-deployment.js';
import { LocalStore } from './cluster/local-store.js';
import { acceptorsOf, type KvConfig, majorityOf, readConfig } from './config.js';
import { defaultConfig } from './default-config.js';
import { endWith, onlyOptions } from './program.js';
import type { ListenAt } from './server/redis-server.js';

const HELP = `Starts all nodes of the replicated store on this machine, and stays up until Ctrl-C.

  npm start [-- OPTIONS]

  --config FILE        the deployment (see node examples/kv/dist/main.js --help); unless given: three nodes, a, b and c,
                       Redis on ports 7001 to 7003, data below .synod/
  --protocol multi-paxos
                       by what they agree: multi-paxos, or fast-paxos, which has data of its own
  --transport zmq      what those three talk over: zmq, or nats
  --servers URL,URL    of NATS; unless given a nats-server is started, on a free port
  --storage file       where they keep their data: file, level, or memory
  --verbose            tells what the nodes tell
  --help               this text
`;

const adviceFor = (config: KvConfig): string => {
  const doors = config.nodes.flatMap(({ redis }) => (redis === undefined ? [] : [redis]));
  const [first, second = first] = doors as [ListenAt?, ListenAt?];
  const stop = 'Ctrl-C stops all nodes; the data stays, and the next start goes on from there.\n';
  if (first === undefined) return stop;
  const [at, other] = [first, second!].map(({ host, port }) => (host === '127.0.0.1' ? `-p ${port}` : `-h ${host} -p ${port}`));
  const acceptors = acceptorsOf(config);
  const need = majorityOf(acceptors);
  return `
Try, with any Redis client:
  redis-cli ${at} SET greeting hello
  redis-cli ${other} GET greeting
or, if there is no redis-cli here:
  node examples/kv/dist/cli.js ${at} SET greeting hello
  node examples/kv/dist/cli.js ${other} GET greeting
Any node takes any command.${need < acceptors.length ? ` Kill one (kill -9 PID) and go on: ${need} of ${acceptors.length} are enough.` : ''}
${stop}`;
};

const OPTIONS = {
  config: { type: 'string' },
  protocol: { type: 'string' },
  transport: { type: 'string' },
  servers: { type: 'string' },
  storage: { type: 'string' },
  verbose: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

try {
  const { verbose, help, ...choice } = onlyOptions(OPTIONS);
  if (help) console.log(HELP);
  else {
    const file = await chosenDeployment(choice, '.synod');
    const config = file === undefined ? defaultConfig() : readConfig(file);
    console.log(`starting ${config.nodes.map(({ id }) => `node ${id}`).join(', ')}`);
    const store = new LocalStore(config, file, verbose);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void store.stop(0));
    await store.run(adviceFor(config));
  }
} catch (error) {
  endWith(error);
}
