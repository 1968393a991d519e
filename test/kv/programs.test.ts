import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePorts } from '../../examples/kv/src/cluster/free-ports.js';

/** The programs as users run them: built, each in processes of its own. */
const DIST = fileURLToPath(new URL('../../examples/kv/dist/', import.meta.url));

class Program {
  output = '';
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  #changed = (): void => {};

  constructor(name: string, ...args: readonly string[]) {
    this.child = spawn(process.execPath, [join(DIST, name), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.code = once(this.child, 'close').then(([code]) => {
      this.#changed();
      return code;
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#changed();
      });
  }

  async prints(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended without ${JSON.stringify(text)}:\n${this.output}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

let directory: string;
let configFile: string;
let ports: readonly number[];
const running: Program[] = [];

const program = (name: string, ...args: readonly string[]): Program => {
  const started = new Program(name, ...args);
  running.push(started);
  return started;
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'synod-programs-'));
  ports = await freePorts(6);
  configFile = join(directory, 'kv.json');
  const nodes = ['a', 'b', 'c'].map((id, i) => ({ id, address: `tcp://127.0.0.1:${ports[i + 3]}`, redis: `127.0.0.1:${ports[i]}` }));
  writeFileSync(configFile, JSON.stringify({ cluster: 'test', transport: 'zmq', data: 'data', nodes }));
});

afterEach(async () => {
  for (const { child, code } of running.splice(0)) {
    child.kill('SIGKILL');
    await code;
  }
  rmSync(directory, { recursive: true, force: true });
});

const cli = async (port: number, ...words: readonly string[]): Promise<string> => {
  const client = program('cli.js', '-p', String(port), ...words);
  await client.code;
  return client.output.trim();
};

describe('npm start', () => {
  test('tells where nodes listen, who leads and what to type; stops cleanly on SIGINT; finds its data when started again', async () => {
    const first = program('start.js', '--config', configFile);
    await first.prints('Ctrl-C stops all nodes');
    for (const [i, id] of ['a', 'b', 'c'].entries()) expect(first.output).toContain(`node ${id}  Redis on 127.0.0.1:${ports[i]}`);
    expect(first.output).toMatch(/node [abc] leads/);
    expect(await cli(ports[0]!, 'SET', 'greeting', 'hello')).toBe('OK');
    expect(await cli(ports[1]!, 'GET', 'greeting')).toBe('hello');
    first.child.kill('SIGINT');
    expect(await first.code).toBe(0);
    expect(first.output).toMatch(/stopped\n$/);
    const second = program('start.js', '--config', configFile);
    await second.prints('leads');
    expect(await cli(ports[2]!, 'GET', 'greeting')).toBe('hello');
    second.child.kill('SIGTERM');
    expect(await second.code).toBe(0);
  });

  test('says which port is taken and what to do', async () => {
    const holder = program('start.js', '--config', configFile);
    await holder.prints('leads');
    const late = program('start.js', '--config', configFile);
    expect(await late.code).toBe(1);
    expect(late.output).toContain('The store did not start.');
  });
});

describe('a node process', () => {
  test('that has no configuration, no such node or no place to listen says so in a line and exits with an error', async () => {
    const [absent, unknown, none] = [
      program('main.js', '--config', '/nowhere.json', '--node', 'a'),
      program('main.js', '--config', configFile, '--node', 'z'),
      program('main.js'),
    ];
    expect([await absent.code, absent.output]).toEqual([2, expect.stringMatching(/^\/nowhere\.json: cannot be read: .*\n$/)]);
    expect([await unknown.code, unknown.output]).toEqual([2, '--node z: no such node; the file has a, b, c\n']);
    expect([await none.code, none.output]).toEqual([2, '--node ID is missing; --help tells more\n']);
  });

  test('that runs already on a directory keeps a second one off it', async () => {
    const holder = program('main.js', '--config', configFile, '--node', 'a');
    await holder.prints('node a: Redis on');
    const other = JSON.stringify({
      cluster: 'test',
      transport: 'zmq',
      data: 'data',
      nodes: [{ id: 'a', address: `tcp://127.0.0.1:${ports[4]}`, redis: `127.0.0.1:${ports[1]}` }],
    });
    const otherFile = join(directory, 'other.json');
    writeFileSync(otherFile, other);
    const second = program('main.js', '--config', otherFile, '--node', 'a');
    expect(await second.code).toBe(1);
    expect(second.output).toContain(join(directory, 'data', 'a'));
  });
});

describe('the leader', () => {
  const leaderOf = async (redis: Redis): Promise<string> => /synod_leader:(.*)\r/.exec(await redis.info('synod'))?.[1] ?? '';

  test('stopped with SIGSTOP is replaced, and follows when it goes on', async () => {
    const nodes = new Map(['a', 'b', 'c'].map((id) => [id, program('main.js', '--config', configFile, '--node', id)]));
    for (const node of nodes.values()) await node.prints('Redis on');
    const clients = new Map(['a', 'b', 'c'].map((id, i) => [id, new Redis({ port: ports[i]!, host: '127.0.0.1' })]));
    try {
      await clients.get('a')!.set('k', 'before');
      const leader = await leaderOf(clients.get('a')!);
      const [other] = ['a', 'b', 'c'].filter((id) => id !== leader).map((id) => clients.get(id)!) as [Redis];
      nodes.get(leader)!.child.kill('SIGSTOP');
      while ((await leaderOf(other)) === leader) await other.ping();
      expect(await other.set('k', 'meanwhile')).toBe('OK');
      nodes.get(leader)!.child.kill('SIGCONT');
      const back = clients.get(leader)!;
      expect(await back.get('k')).toBe('meanwhile');
      while ((await leaderOf(back)) === leader) await back.ping();
    } finally {
      for (const client of clients.values()) client.disconnect();
    }
  });
});

test('npm run demo ends well', async () => {
  const demo = program('demo.js', '--seconds', '0.5', '--writers', '8');
  expect([await demo.code, demo.output]).toEqual([0, expect.stringContaining('all replicas hold the same state      yes')]);
  expect(demo.output).toContain('every acknowledged write is there     yes');
});

test('npm run bench tells of both contenders in JSON, and refuses options that it does not know', async () => {
  const bench = program('bench/main.js', '--clients', '1,16', '--seconds', '0.3', '--warmup', '0.3', '--reads', '0.5', '--json');
  expect(await bench.code).toBe(0);
  const rows = bench.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ name, transport, storage, clients }) => [name, transport, storage, clients])).toEqual([
    ['synod', 'zmq', 'file', 1],
    ['bare loop', 'zmq', 'file', 1],
    ['synod', 'zmq', 'file', 16],
    ['bare loop', 'zmq', 'file', 16],
  ]);
  for (const row of rows) for (const key of ['opsPerSecond', 'p50ms', 'p99ms', 'cpuMicroseconds']) expect(row[key]).toBeGreaterThan(0);
  const wrong = program('bench/main.js', '--clients', '0');
  expect([await wrong.code, wrong.output]).toEqual([2, '--clients: found "0"; allowed is a number from 1 to 65536\n']);
});
