import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Workshop } from './support/program.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
});

afterEach(() => workshop.close());

describe('npm start', () => {
  test('tells where nodes listen, who leads and what to type; stops cleanly on SIGINT; finds its data when started again', async () => {
    const first = workshop.program('start.js', '--config', workshop.configFile);
    await first.prints('Ctrl-C stops all nodes');
    for (const [i, id] of ['a', 'b', 'c'].entries()) expect(first.output).toContain(`node ${id}  Redis on 127.0.0.1:${workshop.ports[i]}`);
    expect(first.output).toMatch(/node [abc] leads/);
    expect(await workshop.cli(workshop.ports[0]!, 'SET', 'greeting', 'hello')).toBe('OK');
    expect(await workshop.cli(workshop.ports[1]!, 'GET', 'greeting')).toBe('hello');
    first.child.kill('SIGINT');
    expect(await first.code).toBe(0);
    expect(first.output).toMatch(/stopped\n$/);
    const second = workshop.program('start.js', '--config', workshop.configFile);
    await second.prints('leads');
    expect(await workshop.cli(workshop.ports[2]!, 'GET', 'greeting')).toBe('hello');
    second.child.kill('SIGTERM');
    expect(await second.code).toBe(0);
  });

  test('says of a store that runs there already which directory it is, and what to do', async () => {
    const holder = workshop.program('start.js', '--config', workshop.configFile);
    await holder.prints('leads');
    const [code, output] = await workshop.program('start.js', '--config', workshop.configFile).ending();
    expect(code).toBe(1);
    expect(output).toMatch(/The store did not start\. node [abc] cannot use .*\/data\/[abc] \(STORAGE_LOCKED\).* use it or stop it/);
    expect(output).toContain(join(workshop.directory, 'data'));
  });

  test('names the next leader when one dies, and says how many nodes are left', async () => {
    const start = workshop.program('start.js', '--config', workshop.configFile);
    await start.prints('Ctrl-C stops all nodes');
    const [, leader] = /node ([abc]) leads;/.exec(start.output)!;
    const [, pid] = new RegExp(`node ${leader} .*PID (\\d+)`).exec(start.output)!;
    process.kill(Number(pid), 'SIGKILL');
    await start.prints(/node [abc] leads now\n/);
    expect(start.output).not.toContain(`node ${leader} leads now`);
    await start.prints(`node ${leader} ended (SIGKILL)\n  of the 3 that vote 2 run here, and 2 are needed: the store goes on\n`);
  });

  test('says that a node whose data is lost may not vote, and so does INFO there', async () => {
    const first = workshop.program('start.js', '--config', workshop.configFile);
    await first.prints('leads');
    expect(await workshop.cli(workshop.ports[1]!, 'INFO', 'synod')).toMatch(/synod_may_vote:yes\r?\nsynod_may_not_vote_because:\r?\n/);
    first.child.kill('SIGINT');
    await first.code;
    rmSync(join(workshop.directory, 'data', 'b'), { recursive: true });
    const second = workshop.program('start.js', '--config', workshop.configFile);
    await second.prints(/node b may not vote: node b has generation .*its data was lost or replaced/);
    expect(await workshop.cli(workshop.ports[1]!, 'INFO', 'synod')).toMatch(
      /synod_may_vote:no\r?\nsynod_may_not_vote_because:node b has generation/,
    );
    expect(await workshop.cli(workshop.ports[1]!, 'SET', 'k', 'v')).toBe('OK');
  });

  test('serves without a node whose data is an old copy, and says what to do', async () => {
    const data = join(workshop.directory, 'data', 'b');
    for (const life of ['copied', 'lost']) {
      const store = workshop.program('start.js', '--config', workshop.configFile);
      await store.prints('leads');
      await workshop.cli(workshop.ports[0]!, 'SET', 'life', life);
      // Then another node has this start of b on record.
      while (!(await workshop.cli(workshop.ports[1]!, 'INFO', 'synod')).includes('synod_may_vote:yes'));
      store.child.kill('SIGINT');
      await store.code;
      if (life === 'copied') cpSync(data, `${data}.copy`, { recursive: true });
    }
    rmSync(data, { recursive: true });
    renameSync(`${data}.copy`, data);
    const store = workshop.program('start.js', '--config', workshop.configFile);
    await store.prints(/OLD_DATA: node b is in epoch \d+ .* the data is an old copy.*; bring back its newest data/);
    await store.prints('leads');
    expect(await workshop.cli(workshop.ports[0]!, 'GET', 'life')).toBe('lost');
  });
});

describe('a node process', () => {
  const onlyA = (changes: object): object => ({
    nodes: [{ id: 'a', address: `tcp://127.0.0.1:${workshop.ports[4]}`, redis: `127.0.0.1:${workshop.ports[1]}`, ...changes }],
  });

  test('that runs already on a directory keeps a second one off it', async () => {
    const holder = workshop.program('main.js', '--config', workshop.configFile, '--node', 'a');
    await holder.prints('node a serves: Redis on');
    const [code, output] = await workshop.program('main.js', '--config', workshop.write('other.json', onlyA({})), '--node', 'a').ending();
    expect(code).toBe(1);
    expect(output).toContain(`node a cannot use ${join(workshop.directory, 'data', 'a')} (STORAGE_LOCKED)`);
  });

  test('whose log is damaged says so with its name and its directory', async () => {
    const file = workshop.write('alone.json', onlyA({}));
    const first = workshop.program('main.js', '--config', file, '--node', 'a');
    await first.prints('node a leads');
    first.child.kill('SIGTERM');
    expect(await first.code).toBe(0);
    const data = join(workshop.directory, 'data', 'a');
    const segment = join(data, 'segment-0000000001');
    const bytes = readFileSync(segment);
    bytes.fill(0xff, 8, 24);
    writeFileSync(segment, bytes);
    const [code, output] = await workshop.program('main.js', '--config', file, '--node', 'a').ending();
    expect([code, output]).toEqual([1, expect.stringContaining(`node a, data in ${data}: DAMAGED_LOG: ${segment} is damaged at byte`)]);
  });

  test('tells the same as JSON if asked to', async () => {
    const node = workshop.program('main.js', '--config', workshop.write('alone.json', onlyA({})), '--node', 'a', '--json');
    await node.prints('"leading"');
    node.child.kill('SIGTERM');
    expect(await node.code).toBe(0);
    const events = node.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ self, event }) => [self, event])).toEqual([
      ['a', 'listening'],
      ['a', 'leading'],
      ['a', 'stopped'],
    ]);
  });
});

describe('the leader', () => {
  const leaderOf = async (redis: Redis): Promise<string> => /synod_leader:(.*)\r/.exec(await redis.info('synod'))?.[1] ?? '';

  test('stopped with SIGSTOP is replaced, and follows when it goes on', async () => {
    const nodes = new Map(['a', 'b', 'c'].map((id) => [id, workshop.program('main.js', '--config', workshop.configFile, '--node', id)]));
    for (const node of nodes.values()) await node.prints('Redis on');
    const clients = new Map(['a', 'b', 'c'].map((id, i) => [id, new Redis({ port: workshop.ports[i]!, host: '127.0.0.1' })]));
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
