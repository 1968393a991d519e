import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Choice, chosenDeployment } from '../../examples/kv/src/chosen-deployment.js';
import { ConfigError, parseConfig, readConfig } from '../../examples/kv/src/config.js';
import { defaultConfig } from '../../examples/kv/src/default-config.js';

const node = (id: string, port: number, more: object = {}): object => ({
  id,
  address: `tcp://127.0.0.1:${port}`,
  redis: `127.0.0.1:${port + 100}`,
  ...more,
});

const file = (changes: object = {}): object => ({
  cluster: 'demo',
  transport: 'zmq',
  data: '.synod',
  nodes: [node('a', 1), node('b', 2)],
  ...changes,
});

const nats = (changes: object = {}): object =>
  file({ transport: 'nats', servers: ['nats://127.0.0.1:4222'], nodes: [{ id: 'a' }, { id: 'b' }], ...changes });

const problemsOf = (input: unknown): string[] => {
  try {
    parseConfig(input, 'kv.json', '/somewhere');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
};

describe('a configuration', () => {
  test('is read with its places taken apart, and data below the directory of the file', () => {
    const config = parseConfig(
      file({ nodes: [node('a', 1, { client: 'ipc:///tmp/a', roles: ['learner', 'leader', 'acceptor', 'proposer'] })] }),
      'kv.json',
      '/somewhere',
    );
    expect(config).toEqual({
      file: 'kv.json',
      cluster: 'demo',
      protocol: 'multi-paxos',
      transport: 'zmq',
      storage: 'file',
      data: '/somewhere/.synod',
      nodes: [
        {
          id: 'a',
          address: 'tcp://127.0.0.1:1',
          redis: { host: '127.0.0.1', port: 101 },
          client: 'ipc:///tmp/a',
          roles: ['learner', 'leader', 'acceptor', 'proposer'],
        },
      ],
    });
  });

  test('over NATS has servers, and nodes without an address', () => {
    const config = parseConfig(nats({ protocol: 'fast-paxos', storage: 'level' }), 'kv.json', '/somewhere');
    expect(config).toMatchObject({
      protocol: 'fast-paxos',
      transport: 'nats',
      servers: ['nats://127.0.0.1:4222'],
      storage: 'level',
      nodes: [{ id: 'a' }, { id: 'b' }],
    });
  });

  test('of parts chosen for npm start is written where main.js can read it; data do not depend on the transport, and do on the protocol', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'synod-chosen-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const chosen = async (choice: Choice) => readConfig((await chosenDeployment(choice, directory)) as string);
    expect(await chosenDeployment({}, directory)).toBeUndefined();
    expect(await chosenDeployment({ config: 'kv.json' }, directory)).toBe('kv.json');
    const servers = 'nats://127.0.0.1:4222,127.0.0.1:4223';
    expect(await chosen({ transport: 'nats', servers })).toMatchObject({
      ...{ protocol: 'multi-paxos', transport: 'nats', servers: servers.split(','), storage: 'file', data: directory },
      nodes: [{ redis: { port: 7001 } }, {}, {}],
    });
    expect(await chosen({ storage: 'level' })).toMatchObject({ transport: 'zmq', storage: 'level', data: join(directory, 'level') });
    expect(await chosen({ protocol: 'fast-paxos' })).toMatchObject({ protocol: 'fast-paxos', data: join(directory, 'fast-paxos') });
    const both = { protocol: 'fast-paxos', storage: 'level' } as const;
    expect(await chosen(both)).toMatchObject({ ...both, data: join(directory, 'fast-paxos', 'level') });
  });

  test('an IPv6 place keeps its colons', () => {
    expect(parseConfig(file({ nodes: [node('a', 1, { redis: '[::1]:7001' })] }), 'kv.json', '/').nodes[0]?.redis).toEqual({
      host: '::1',
      port: 7001,
    });
  });

  test('the built-in one is three nodes that clients can reach', () => {
    expect(defaultConfig().nodes.map(({ id, redis, client }) => [id, redis?.port, client])).toEqual([
      ['a', 7001, 'tcp://127.0.0.1:7201'],
      ['b', 7002, 'tcp://127.0.0.1:7202'],
      ['c', 7003, 'tcp://127.0.0.1:7203'],
    ]);
  });

  test.each<[string, unknown, string]>([
    [
      'no object',
      [],
      'kv.json: the file: found []; allowed is an object with cluster, transport, data, nodes, and optionally protocol, storage',
    ],
    ['an unknown protocol', file({ protocol: 'raft' }), 'kv.json: protocol: found "raft"; allowed is "multi-paxos" or "fast-paxos"'],
    ['an unknown transport', file({ transport: 'udp' }), 'kv.json: transport: found "udp"; allowed is "zmq" or "nats"'],
    ['NATS without servers', nats({ servers: undefined }), 'kv.json: servers: found nothing; allowed is a list of NATS servers'],
    [
      'a server that is none',
      nats({ servers: ['http://localhost'] }),
      'kv.json: servers[0]: found "http://localhost"; allowed is a NATS server, "nats://HOST:PORT", "tls://HOST:PORT" or "HOST:PORT"',
    ],
    [
      'an address where NATS knows the way',
      nats({ nodes: [node('a', 1)] }),
      'kv.json: nodes[0].address: found, but there is no such key; allowed is a node: id, and over NATS optionally redis, roles',
    ],
    ['an unknown storage', file({ storage: 'tape' }), 'kv.json: storage: found "tape"; allowed is "file", "level" or "memory"'],
    [
      'no cluster',
      file({ cluster: undefined }),
      'kv.json: cluster: found nothing; allowed is a name of 1 to 64 letters, digits, "-" and "_"',
    ],
    ['no node', file({ nodes: [] }), 'kv.json: nodes: found []; allowed is at least one node'],
    [
      'an address without a protocol',
      file({ nodes: [node('a', 1), node('b', 2, { address: '127.0.0.1:7101' })] }),
      'kv.json: nodes[1].address: found "127.0.0.1:7101"; allowed is an endpoint, "tcp://HOST:PORT" or "ipc://PATH"',
    ],
    [
      'a port that there is not',
      file({ nodes: [node('a', 1, { address: 'tcp://127.0.0.1:70000' })] }),
      'kv.json: nodes[0].address: found "tcp://127.0.0.1:70000"; allowed is an endpoint, "tcp://HOST:PORT" or "ipc://PATH", with a port of at most 65535',
    ],
    [
      'an address where the others cannot find the node',
      file({ nodes: [node('a', 1), node('b', 2, { address: 'tcp://0.0.0.0:7102' })] }),
      'kv.json: nodes[1].address: found "tcp://0.0.0.0:7102", which the other nodes cannot connect to; allowed is an address and a port that they can',
    ],
    [
      'nobody who votes or learns',
      file({ nodes: [node('a', 1, { roles: ['leader', 'proposer'] })] }),
      'kv.json: nodes: found none with the role acceptor, none with learner; allowed is one at least for each of leader, acceptor, learner',
    ],
    [
      'a number for a place',
      file({ nodes: [node('a', 1, { redis: 7001 })] }),
      'kv.json: nodes[0].redis: found 7001; allowed is "HOST:PORT", such as "127.0.0.1:7001"',
    ],
    [
      'an unknown role',
      file({ nodes: [node('a', 1, { roles: ['boss'] })] }),
      'kv.json: nodes[0].roles[0]: found "boss"; allowed is one of "proposer", "leader", "acceptor", "learner"',
    ],
    [
      'an unknown key',
      file({ nodes: [node('a', 1, { adress: 'x' })] }),
      'kv.json: nodes[0].adress: found, but there is no such key; allowed is a node: id, address, and optionally redis, client, roles',
    ],
    [
      'one id twice',
      file({ nodes: [node('a', 1), node('a', 2)] }),
      'kv.json: nodes[1].id: found "a", which stands at nodes[0].id too; allowed is one that nobody else has',
    ],
    [
      'one port twice',
      file({ nodes: [node('a', 1), node('b', 2, { client: 'tcp://127.0.0.1:101' })] }),
      'kv.json: nodes[1].client: found "127.0.0.1:101", which stands at nodes[0].redis too; allowed is one that nobody else has',
    ],
    [
      'Redis clients where nobody proposes for them',
      file({ nodes: [node('a', 1), node('b', 2, { roles: ['acceptor'] })] }),
      'kv.json: nodes[1].redis: found, but roles has no "proposer"; allowed is "redis" at nodes that propose',
    ],
  ])('with %s is refused, naming the key, what was found and what is allowed', (_, input, problem) => {
    expect(problemsOf(input)).toEqual([problem]);
  });

  test('with several problems tells of all of them', () => {
    expect(problemsOf(file({ cluster: 1, data: '', nodes: [{}] }))).toHaveLength(4);
  });

  test('that is not there or not JSON is refused by name', () => {
    expect(() => readConfig('/nowhere/kv.json')).toThrow('/nowhere/kv.json: cannot be read: ENOENT');
    expect(() => readConfig(new URL(import.meta.url).pathname)).toThrow('is not JSON');
  });
});
