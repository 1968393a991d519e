import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { numberFrom, onlyOptions, readOptions, UsageError, wholeNumberFrom } from '../../examples/kv/src/program.js';
import { Workshop } from './support/program.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
});

afterEach(() => workshop.close());

const OPTIONS = {
  seconds: { type: 'string', short: 's', default: '2' },
  verbose: { type: 'boolean', default: false },
} as const;

describe('options', () => {
  test('are read up to the first word; what follows that belongs to it', () => {
    expect(readOptions(OPTIONS, ['-s', '3', 'SET', '-s', '--help'])).toEqual({
      values: { seconds: '3', verbose: false },
      words: ['SET', '-s', '--help'],
    });
    expect(readOptions(OPTIONS, ['--verbose', '--', '-s'])).toEqual({ values: { seconds: '2', verbose: true }, words: ['-s'] });
    expect(readOptions(OPTIONS, ['--seconds=4', '-s5']).values).toEqual({ seconds: '5', verbose: false });
    expect(onlyOptions(OPTIONS, ['-s', '-1']).seconds).toBe('-1');
  });

  test.each<[args: readonly string[], told: string]>([
    [['--nonsense'], '--nonsense: no such option; allowed are --seconds, --verbose'],
    [['-x', 'word'], '-x: no such option; allowed are --seconds, --verbose'],
    [['--seconds'], '--seconds: found no value; --help tells what is allowed'],
    [['--seconds='], '--seconds: found no value; --help tells what is allowed'],
    [['-s', '--verbose'], '-s: found no value; --help tells what is allowed'],
    [['--verbose=yes'], '--verbose: found the value "yes"; allowed is none'],
    [['word', '--verbose'], 'found "word"; allowed are the options --seconds, --verbose'],
  ])('%j are refused in a line that says what was found and what is allowed', (args, told) => {
    expect(() => onlyOptions(OPTIONS, args)).toThrow(new UsageError(told));
  });

  test.each([
    ['abc', 'a number from 0.5 to 9', 'a whole number from 1 to 9'],
    [' ', 'a number from 0.5 to 9', 'a whole number from 1 to 9'],
    ['10', 'a number from 0.5 to 9', 'a whole number from 1 to 9'],
  ])('that should be numbers and are %j are refused with the bounds', (text, number, whole) => {
    expect(() => numberFrom('n', text, 0.5, 9)).toThrow(new UsageError(`--n: found ${JSON.stringify(text)}; allowed is ${number}`));
    expect(() => wholeNumberFrom('n', text, 1, 9)).toThrow(new UsageError(`--n: found ${JSON.stringify(text)}; allowed is ${whole}`));
  });

  test('that should be whole numbers are not rounded', () => {
    expect(numberFrom('n', '1.5', 1, 9)).toBe(1.5);
    expect(() => wholeNumberFrom('n', '1.5', 1, 9)).toThrow('allowed is a whole number from 1 to 9');
  });
});

test('every program tells by --help what it does', async () => {
  const names = ['start.js', 'main.js', 'cli.js', 'demo.js', 'bench/main.js'];
  const endings = await Promise.all(names.map((name) => workshop.program(name, '--help').ending()));
  expect(endings).toEqual([
    [0, expect.stringContaining('Starts all nodes')],
    [0, expect.stringContaining('Runs one node')],
    [0, expect.stringContaining('Sends one command')],
    [0, expect.stringContaining('Shows that the store loses nothing')],
    [0, expect.stringContaining('Measures the store')],
  ]);
});

test('every program that is called wrongly says so in a line, and ends with 2', async () => {
  const calls: Readonly<Record<string, string>> = {
    'demo.js --nonsense':
      '--nonsense: no such option; allowed are --seconds, --writers, --protocol, --transport, --storage, --verbose, --help',
    'demo.js --writers -1': '--writers: found "-1"; allowed is a whole number from 1 to 500',
    'start.js all': 'found "all"; allowed are the options --config, --protocol, --transport, --servers, --storage, --verbose, --help',
    'demo.js --storage memory':
      '--storage: found "memory", which dies with the processes that the demo kills; allowed is one of file, level',
    'demo.js --transport memory':
      '--transport: found "memory", over which all nodes are one process, and the demo kills processes; allowed is one of zmq, nats',
    'start.js --protocol raft': '--protocol: found "raft"; allowed is one of multi-paxos, fast-paxos',
    'demo.js --protocol raft': '--protocol: found "raft"; allowed is one of multi-paxos, fast-paxos',
    'start.js --config kv.json --protocol fast-paxos': '--config: found with --protocol, which the file says; allowed is one or the other',
    'bench/main.js --protocol raft': '--protocol: found "raft"; allowed is one of multi-paxos, fast-paxos',
    'start.js --transport udp': '--transport: found "udp"; allowed is one of zmq, nats',
    'start.js --servers nats://127.0.0.1:4222': '--servers: found with the transport zmq; allowed is --transport nats',
    'start.js --config kv.json --storage level': '--config: found with --storage, which the file says; allowed is one or the other',
    'bench/main.js --storage tape': '--storage: found "tape"; allowed is one of file, level, memory',
    'start.js --config /nowhere.json': "/nowhere.json: cannot be read: ENOENT: no such file or directory, open '/nowhere.json'",
    'main.js': '--node ID is missing; --help tells more',
    'main.js --node z': '--node z: no such node; the built-in configuration has a, b, c',
    'cli.js': 'found no command; allowed is one, such as GET greeting; --help tells more',
    'cli.js -p abc PING': '--port: found "abc"; allowed is a whole number from 1 to 65535',
  };
  const found = await Promise.all(
    Object.keys(calls).map(async (call) => {
      const [name, ...args] = call.split(' ');
      const [code, output] = await workshop.program(name!, ...args).ending();
      return [call, code, output];
    }),
  );
  expect(found).toEqual(Object.entries(calls).map(([call, told]) => [call, 2, `${told}\n`]));
});

test('what looks like an option behind the command of cli.js belongs to the command', async () => {
  const node = workshop.program('main.js', '--config', alone({}), '--node', 'a');
  await node.prints('node a leads');
  expect(await workshop.cli(workshop.ports[0]!, 'SET', '-p', '--help')).toBe('OK');
  expect(await workshop.cli(workshop.ports[0]!, '--', 'GET', '-p')).toBe('--help');
});

/** One node, with changes to it. */
const alone = (changes: object): string =>
  workshop.write('alone.json', {
    nodes: [{ id: 'a', address: `tcp://127.0.0.1:${workshop.ports[3]}`, redis: `127.0.0.1:${workshop.ports[0]}`, ...changes }],
  });

describe('a configuration that cannot be used is refused with its file, the key, what was found and what is allowed:', () => {
  const path = `ipc://${'x'.repeat(200)}`;
  test.each<[what: string, changes: object, told: string]>([
    [
      'an address of another machine',
      { address: 'tcp://192.0.2.1:7101' },
      'nodes[0].address: found "tcp://192.0.2.1:7101", where node a cannot listen (EADDRNOTAVAIL); allowed is an address of this machine',
    ],
    [
      'a Redis address of another machine',
      { redis: '192.0.2.1:7001' },
      'nodes[0].redis: found "192.0.2.1:7001", where node a cannot listen (EADDRNOTAVAIL); allowed is an address of this machine',
    ],
    [
      'a socket where there is no directory',
      { client: 'ipc:///nowhere/at/all' },
      'nodes[0].client: found "ipc:///nowhere/at/all", where node a cannot listen (ENOENT); allowed is a path in a directory that exists',
    ],
    [
      'what the transport refuses',
      { address: path },
      `nodes[0].address: BAD_ENDPOINT: zmqTransport: bind is "${path}"; allowed: a path of 1 to 107 bytes after ipc://`,
    ],
    [
      'no node that learns',
      { roles: ['proposer', 'leader', 'acceptor'] },
      'nodes: found none with the role learner; allowed is one at least for each of leader, acceptor, learner',
    ],
  ])('%s', async (_, changes, told) => {
    const file = alone(changes);
    expect(await workshop.program('main.js', '--config', file, '--node', 'a').ending()).toEqual([2, `${file}: ${told}\n`]);
  });

  test('servers of NATS that the transport refuses, without their password', async () => {
    const file = workshop.write('nats.json', { transport: 'nats', servers: ['nats://user:secret@127.0.0.1:4222'], nodes: [{ id: 'a' }] });
    const [code, output] = await workshop.program('main.js', '--config', file, '--node', 'a').ending();
    expect([code, output]).toEqual([2, expect.stringContaining(`${file}: servers: BAD_SERVER: natsTransport: servers holds`)]);
    expect(output).not.toContain('secret');
  });

  test('by npm start too', async () => {
    const file = alone({ address: 'tcp://192.0.2.1:7101' });
    const [code, output] = await workshop.program('start.js', '--config', file).ending();
    expect([code, output]).toEqual([2, expect.stringContaining(`The store did not start. ${file}: nodes[0].address: found`)]);
  });

  test('other acceptors than the node has voted under', async () => {
    const file = alone({});
    const first = workshop.program('main.js', '--config', file, '--node', 'a');
    await first.prints('node a leads');
    first.child.kill('SIGTERM');
    await first.code;
    const [code, output] = await workshop.program('main.js', '--config', workshop.configFile, '--node', 'a').ending();
    expect([code, output]).toEqual([2, expect.stringContaining(`${workshop.configFile}: nodes: CHANGED_ACCEPTORS: node a has voted`)]);
  });

  test('another protocol than wrote the data, which are still there under the first', async () => {
    const file = alone({});
    const first = workshop.program('main.js', '--config', file, '--node', 'a');
    await first.prints('node a leads');
    expect(await workshop.cli(workshop.ports[0]!, 'SET', 'k', 'v')).toBe('OK');
    first.child.kill('SIGTERM');
    await first.code;
    const other = workshop.write('fast.json', { ...JSON.parse(readFileSync(file, 'utf8')), protocol: 'fast-paxos' });
    const [code, output] = await workshop.program('main.js', '--config', other, '--node', 'a').ending();
    expect([code, output]).toEqual([
      2,
      expect.stringContaining(`${other}: protocol: CHANGED_ACCEPTORS: node a has voted in group kv under`),
    ]);
    expect(output).toContain('give back the protocol');
    const again = workshop.program('main.js', '--config', file, '--node', 'a');
    await again.prints('node a leads');
    expect(await workshop.cli(workshop.ports[0]!, 'GET', 'k')).toBe('v');
  });

  test('the data of another cluster', async () => {
    const file = alone({});
    const first = workshop.program('main.js', '--config', file, '--node', 'a');
    await first.prints('node a leads');
    first.child.kill('SIGTERM');
    await first.code;
    const other = workshop.write('other.json', { cluster: 'other', nodes: [{ id: 'a', address: 'ipc://a' }] });
    const [code, output] = await workshop.program('main.js', '--config', other, '--node', 'a').ending();
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/other\.json: data: FOREIGN_STORAGE: .*\/data\/a holds the data of node "a"/),
    ]);
  });
});

test('a port that another program has is no fault of the configuration: the node ends with 1, and says which key would change it', async () => {
  const file = alone({});
  const server = createServer().listen(workshop.ports[0], '127.0.0.1');
  try {
    const [code, output] = await workshop.program('main.js', '--config', file, '--node', 'a').ending();
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`node a cannot listen at 127.0.0.1:${workshop.ports[0]}: the address is in use.`),
    ]);
    expect(output).toContain(`change nodes[0].redis in ${file}`);
  } finally {
    server.close();
  }
});
