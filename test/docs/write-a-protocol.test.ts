import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  counts,
  createNode,
  decorate,
  group,
  MemoryNetwork,
  type Message,
  memoryStorage,
  memoryTransport,
  OverloadedError,
  quorums,
  RefusedError,
  topology,
  UnknownOutcomeError,
} from '@synod/core';
import { filter } from 'rxjs';
import { expect, test } from 'vitest';
import { type AtomicRegisterOptions, atomicRegister } from '../../examples/custom-protocol/src/index.js';
import { Cluster, follow, type Part } from '../core/node/cluster.js';

const NODES = ['a', 'b', 'c'];

/** Three nodes in virtual time, with a register beside the group of Multi-Paxos that each has. */
const registers = ({ settings = {}, parts = [] }: { settings?: Partial<AtomicRegisterOptions>; parts?: readonly Part[] } = {}) => {
  const config = group('config', atomicRegister<string>(settings), ...parts);
  const cluster = new Cluster();
  const start = (self: string) => cluster.add(self, config);
  for (const self of NODES) start(self);
  cluster.run(2000);
  return { cluster, config, start, of: (self: string) => cluster.node(self).of(config) };
};

/** Acceptors that never hear of some messages. */
const deaf = (hears: (message: Message) => boolean): Part =>
  decorate('acceptor', (actor) => (mailbox$, context) => actor(mailbox$.pipe(filter(({ message }) => hears(message))), context));

test('what one node writes, all read; before the first write there is nothing', () => {
  const { cluster, of } = registers();
  const nothing = follow(of('a').read$());
  cluster.run(100);
  expect(nothing).toEqual({ value: undefined, completed: true });
  const written = follow(of('a').write$('x'));
  cluster.run(100);
  expect(written.completed).toBe(true);
  const read = NODES.map((self) => follow(of(self).read$()));
  cluster.run(100);
  expect(read.map(({ value }) => value)).toEqual(['x', 'x', 'x']);
});

test('it runs beside Multi-Paxos, on the same nodes, transport and log', () => {
  const { cluster, of } = registers();
  const written = follow(of('b').write$('x'));
  const added = follow(cluster.client('b').submit$({ add: 2 }));
  cluster.run(500);
  expect(written.completed).toBe(true);
  expect(added.value).toBe(2);
  const { groups } = cluster.node('b').status();
  expect(groups.counters).toMatchObject({ chosen: groups.counters?.applied });
  expect(groups.config).toMatchObject({ roles: ['coordinator', 'acceptor'], tag: expect.stringMatching(/^1\.b\./), admitted: true });
});

test('a node outside the topology reads and writes', () => {
  const { cluster, config } = registers();
  const outside = createNode({ self: 'x', cluster: cluster.topology }, cluster.time(9), memoryTransport(cluster.network), config);
  follow(outside.start$());
  const written = follow(outside.of(config).write$('x'));
  cluster.run(100);
  const read = follow(outside.of(config).read$());
  cluster.run(100);
  expect([written.completed, read.value]).toEqual([true, 'x']);
});

test('what was written is read after all nodes have restarted', () => {
  const { cluster, of, start } = registers();
  follow(of('a').write$('x'));
  cluster.run(100);
  for (const self of NODES) follow(cluster.node(self).stop$());
  cluster.run(100);
  for (const self of NODES) start(self);
  const read = follow(of('b').read$());
  cluster.run(2000);
  expect(read.value).toBe('x');
});

test('without a quorum, calls are refused when their time is up', () => {
  const { cluster, of } = registers();
  for (const self of ['b', 'c']) follow(cluster.node(self).stop$());
  const calls = [follow(of('a').write$('x', { deadline: 300 })), follow(of('a').read$({ deadline: 300 }))];
  cluster.run(299);
  expect(calls.map(({ error }) => error)).toEqual([undefined, undefined]);
  cluster.run(2);
  for (const { error } of calls) {
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
  }
});

test('a write that some may hold is unknown; its retry writes it under the same tag, below what was written since', () => {
  let lost = true;
  const { cluster, of } = registers({ parts: [deaf(({ kind }) => kind !== 'store' || !lost)] });
  const written = follow(of('a').write$('x', { deadline: 300 }));
  cluster.run(400);
  expect(written.error).toBeInstanceOf(UnknownOutcomeError);
  lost = false;
  const retry = () => follow((written.error as UnknownOutcomeError<void>).retry$());
  const again = retry();
  cluster.run(500);
  expect(again.completed).toBe(true);
  follow(of('b').write$('y'));
  cluster.run(500);
  const late = retry();
  cluster.run(500);
  expect(late.completed).toBe(true);
  const read = follow(of('c').read$());
  cluster.run(500);
  expect(read.value).toBe('y');
});

test('a node that stops says that writes are unknown, and refuses what comes later', () => {
  const { cluster, of } = registers();
  for (const self of ['b', 'c']) follow(cluster.node(self).stop$());
  const [written, read] = [follow(of('a').write$('x')), follow(of('a').read$())];
  cluster.run(10);
  const client = of('a');
  follow(cluster.node('a').stop$());
  expect(written.error).toBeInstanceOf(UnknownOutcomeError);
  expect(read.error).toMatchObject({ name: 'StoppedError' });
  expect(follow(client.write$('y')).error).toMatchObject({ name: 'StoppedError' });
});

test('a value that no frame carries, and a caller too many, are refused', () => {
  const { cluster, of } = registers({ settings: { callers: 1 } });
  expect(follow(of('a').write$('x'.repeat(100_000_000))).error).toMatchObject({ name: 'RefusedError', code: 'TOO_LARGE' });
  const calls = [follow(of('a').write$('x')), follow(of('a').write$('y'))];
  cluster.run(100);
  expect(calls.map(({ completed, error }) => completed || error instanceof OverloadedError)).toEqual([true, true]);
  expect(calls.map(({ completed }) => completed)).toEqual([true, false]);
});

test('it takes other quorums than majorities', () => {
  const { cluster, of } = registers({ parts: [quorums(counts({ phase1: 1, phase2: 3 }))] });
  follow(of('a').write$('x'));
  cluster.run(100);
  for (const self of ['b', 'c']) follow(cluster.node(self).stop$());
  const read = follow(of('a').read$());
  const refused = follow(of('a').write$('y', { deadline: 300 }));
  cluster.run(400);
  // All hold it, but one alone cannot know that: it writes it back, in vain.
  expect(read.completed).toBe(false);
  expect(refused.error).toBeInstanceOf(UnknownOutcomeError);
});

test('two writes at once on one node have two tags', () => {
  const { cluster, of } = registers();
  for (const value of ['x', 'y']) follow(of('a').write$(value));
  cluster.run(100);
  expect(cluster.node('b').status().groups.config?.tag).toMatch(/^2\.a\./);
  const read = follow(of('c').read$());
  cluster.run(100);
  expect(read.value).toBe('y');
});

test('what cannot work is refused before anything starts', () => {
  expect(() => atomicRegister({ retry: 0 })).toThrow('atomicRegister: retry is 0; it must be a number above 0');
  const cluster = topology({ a: ['coordinator'] });
  const parts = [memoryTransport(new MemoryNetwork()), memoryStorage(), group('config', atomicRegister())];
  expect(() => createNode({ self: 'a', cluster }, ...parts)).toThrow('no node of the topology plays the role acceptor');
});

test('its example passes under every fault, sees what it should, and catches each planted bug', async () => {
  const program = fileURLToPath(new URL('../../examples/custom-protocol/dist/main.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout.match(/^seed \d+: passed/gm)).toHaveLength(10);
  expect(stdout).toMatch(/^read written back: [1-9]\d* times\nwrite overtaken: [1-9]\d* times\n/m);
  expect(stdout.match(/^\w+: TagOrder does not hold: /gm)).toHaveLength(2);
});
