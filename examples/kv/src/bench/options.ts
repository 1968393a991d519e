import { tmpdir } from 'node:os';
import { PROTOCOLS, type ProtocolName, STORAGES, type StorageName, TRANSPORTS } from '../config.js';
import { choiceFrom, numberFrom, wholeNumberFrom } from '../program.js';

export const HELP = `Measures the store against the bare loop: the least program in Node that sends a batch to two others over
ZeroMQ's sockets, syncs on all three, and answers. Three node processes and a client process each, on this machine. With
--transport memory all of it, and the bare loop beside it, is one process without sockets. CPU is told of these processes, not of a
NATS server.

  npm run bench [-- OPTIONS]

  --clients 1,16,64,256,1024  how many commands are under way at a time
  --seconds 4                 of each measurement
  --warmup 5                  seconds that each runs before anything counts, until V8 has compiled what is hot
  --pairs 1                   measurements of both in turn; the median is told (figures to quote: 5)
  --bytes 64                  of a value
  --reads 0                   the part of commands that read, 0 to 1 (the bare loop only writes)
  --protocol multi-paxos,fast-paxos
                              by what the nodes agree; multi-paxos unless given. Several are measured in turn, each in the same minutes,
                              as are several of these two:
  --transport zmq,nats        over what the nodes talk: zmq; nats, for which a nats-server is started; memory, in one process;
                              zmq unless given
  --storage file,level        file, level, memory; each with each of the others; file unless given
  --directory DIR             where the logs are; the system's temporary directory unless given
  --json                      one object a line instead of a table
`;

export const OPTIONS = {
  clients: { type: 'string', default: '1,16,64,256,1024' },
  seconds: { type: 'string', default: '4' },
  warmup: { type: 'string', default: '5' },
  pairs: { type: 'string', default: '1' },
  bytes: { type: 'string', default: '64' },
  reads: { type: 'string', default: '0' },
  protocol: { type: 'string', default: 'multi-paxos' },
  transport: { type: 'string', default: 'zmq' },
  storage: { type: 'string', default: 'file' },
  directory: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const BENCH_TRANSPORTS = ['memory', ...TRANSPORTS] as const;
export type BenchTransport = (typeof BENCH_TRANSPORTS)[number];

export interface BenchOptions {
  readonly clients: readonly number[];
  readonly seconds: number;
  readonly warmup: number;
  readonly pairs: number;
  readonly bytes: number;
  readonly reads: number;
  /** Never empty, like `transports` and `storages`. */
  readonly protocols: readonly ProtocolName[];
  readonly transports: readonly BenchTransport[];
  readonly storages: readonly StorageName[];
  readonly directory: string;
  readonly json: boolean;
}

type Texts = Readonly<Record<Exclude<keyof typeof OPTIONS, 'json' | 'help'>, string>>;

/** Throws `UsageError`. */
export const parseBenchOptions = (given: Texts & { readonly json: boolean }): BenchOptions => {
  const choices = <T extends string>(name: keyof Texts, allowed: readonly T[]): readonly T[] =>
    given[name].split(',').map((text) => choiceFrom(name, text, allowed));
  return {
    clients: given.clients.split(',').map((text) => wholeNumberFrom('clients', text, 1, 65_536)),
    seconds: numberFrom('seconds', given.seconds, 0.1, 3600),
    warmup: numberFrom('warmup', given.warmup, 0, 600),
    pairs: wholeNumberFrom('pairs', given.pairs, 1, 100),
    bytes: wholeNumberFrom('bytes', given.bytes, 0, 1 << 20),
    reads: numberFrom('reads', given.reads, 0, 1),
    protocols: choices('protocol', PROTOCOLS),
    transports: choices('transport', BENCH_TRANSPORTS),
    storages: choices('storage', STORAGES),
    directory: given.directory,
    json: given.json,
  };
};
