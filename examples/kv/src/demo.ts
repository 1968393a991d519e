import { setTimeout as sleep } from 'node:timers/promises';
import { PROTOCOLS, STORAGES, type StorageName, TRANSPORTS, type TransportName } from './config.js';
import { allTheSame, type Check, nothingLost, nothingTwice } from './demo/checks.js';
import { Journal } from './demo/journal.js';
import { type DemoSetting, DemoStore } from './demo/store.js';
import { Writer } from './demo/writer.js';
import { choiceFrom, endWith, FAILED, numberFrom, onlyOptions, UsageError, wholeNumberFrom } from './program.js';

const HELP = `Shows that the store loses nothing: writes through a real Redis client while the leader, and then every node, is killed.

  npm run demo [-- OPTIONS]

  --seconds 2      between one event and the next
  --writers 16     clients that write at a time
  --protocol multi-paxos
                   by what they agree: multi-paxos, or fast-paxos
  --transport zmq  what the nodes talk over: zmq, or nats, for which a nats-server is started
  --storage file   where they keep their data: file, or level
  --verbose        tells what the nodes tell
  --help           this text

Its nodes listen on free ports, and keep their data in the system's temporary directory. It ends with 0 if nothing was lost.
`;

/** ms that all of it may take, besides the pauses between its events. */
const LIMIT = 90_000;
const PAUSES = 4;

interface Options extends DemoSetting {
  /** Between one event and the next. */
  readonly seconds: number;
  readonly writers: number;
  readonly verbose: boolean;
}

const story = performance.now();
const tell = (line: string): void => console.log(`${((performance.now() - story) / 1000).toFixed(1).padStart(5)} s  ${line}`);

const show = (rows: readonly (readonly [string, string])[]): void => {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) console.log(`  ${name.padEnd(width)}  ${value}`);
};

const play = async (store: DemoStore, { seconds, writers: count }: Options): Promise<boolean> => {
  const ids = [...store.doors.keys()];
  const doors = [...store.doors.values()];
  await store.start(...ids);
  const first = await store.leader();
  tell(`nodes ${ids.join(', ')} run, ${first} leads; ${count} writers begin`);
  const journal = new Journal();
  const writers = Array.from({ length: count }, (_, i) => new Writer(`w${i}`, doors, journal, i));
  await sleep(seconds * 1000);

  const leader = await store.leader();
  const before = journal.keys.length;
  const leaderRecovery = journal.recovery();
  await store.kill(leader);
  tell(`leader ${leader} killed with SIGKILL after ${before} writes`);
  const leaderMs = await leaderRecovery;
  tell(`writing again after ${leaderMs.toFixed(0)} ms`);
  await sleep(seconds * 1000);
  await store.start(leader);
  tell(`${leader} runs again; ${await store.leader()} leads`);
  await sleep(seconds * 1000);
  const gapWithMajority = journal.takeLongestGap();

  await store.kill(...ids);
  tell(`all three killed with SIGKILL after ${journal.keys.length} writes`);
  const allRecovery = journal.recovery();
  await store.start(...ids);
  const allMs = await allRecovery;
  tell(`all three run again; writing again ${allMs.toFixed(0)} ms after they were started`);
  await sleep(seconds * 1000);
  await Promise.all(writers.map((writer) => writer.stop()));
  tell(`${count} writers end`);
  const gapWithNone = journal.takeLongestGap();

  const checks: Check[] = [
    await nothingLost(journal, store.doors.get(leader)!),
    await nothingTwice(journal, doors[0]!),
    await allTheSame(doors, 20_000),
  ];
  console.log();
  show([
    ['acknowledged writes', String(journal.keys.length)],
    ['unknown outcomes', String(journal.unknownKeys.length)],
    ['refused, sent again', String(journal.refusals)],
    ['recovery from the loss of the leader', `${leaderMs.toFixed(0)} ms`],
    ['recovery from the loss of all three', `${allMs.toFixed(0)} ms (processes started in it)`],
    ['longest gap, two or three nodes up', `${gapWithMajority.toFixed(0)} ms without a commit`],
    ['longest gap, all three killed in it', `${gapWithNone.toFixed(0)} ms without a commit`],
    ...checks.map(({ what, ok, found }) => [what, `${ok ? 'yes' : 'NO'}: ${found}`] as const),
  ]);
  return checks.every(({ ok }) => ok);
};

const main = async (options: Options): Promise<number> => {
  const store = await DemoStore.create(options, (line) => {
    if (options.verbose) tell(line);
  });
  const limit = LIMIT + PAUSES * options.seconds * 1000;
  const late = setTimeout(() => end(new Error(`the demo did not end in ${limit / 1000} s`)), limit);
  const end = (error: Error): void => {
    console.error([error.message, ...store.lastWords()].join('\n'));
    void store.destroy().finally(() => process.exit(FAILED));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(new Error('interrupted')));
  try {
    return (await play(store, options)) ? 0 : FAILED;
  } finally {
    clearTimeout(late);
    await store.destroy();
  }
};

const OPTIONS = {
  seconds: { type: 'string', default: '2' },
  writers: { type: 'string', default: '16' },
  protocol: { type: 'string', default: 'multi-paxos' },
  transport: { type: 'string', default: 'zmq' },
  storage: { type: 'string', default: 'file' },
  verbose: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** A transport between processes. */
const betweenProcesses = (text: string): TransportName => {
  if (text === 'memory')
    throw new UsageError(
      '--transport: found "memory", over which all nodes are one process, and the demo kills processes; allowed is one of zmq, nats',
    );
  return choiceFrom('transport', text, TRANSPORTS);
};

/** A storage that outlives its process. */
const killable = (text: string): StorageName => {
  const storage = choiceFrom('storage', text, STORAGES);
  if (storage === 'memory')
    throw new UsageError('--storage: found "memory", which dies with the processes that the demo kills; allowed is one of file, level');
  return storage;
};

try {
  const { seconds, writers, protocol, transport, storage, verbose, help } = onlyOptions(OPTIONS);
  if (help) console.log(HELP);
  else {
    process.exit(
      await main({
        seconds: numberFrom('seconds', seconds, 0.1, 600),
        writers: wholeNumberFrom('writers', writers, 1, 500),
        protocol: choiceFrom('protocol', protocol, PROTOCOLS),
        transport: betweenProcesses(transport),
        storage: killable(storage),
        verbose,
      }),
    );
  }
} catch (error) {
  endWith(error);
}
