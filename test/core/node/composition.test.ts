import {
  type ActorDecorator,
  ConfigurationError,
  colocated,
  createNode,
  decorate,
  group,
  MemoryNetwork,
  memoryStorage,
  memoryTransport,
  multiPaxos,
  stateMachine,
  type Topology,
  TRANSPORT,
  type Transport,
  topology,
} from '@synod/core';
import { EMPTY } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Cluster, counterAt, counters, follow, type Part, part } from './cluster.js';

const transport = () => memoryTransport(new MemoryNetwork());
const options = { self: 'a', cluster: colocated(['a', 'b', 'c']) };

const refusal = (compose: () => unknown): { code: string; message: string } => {
  try {
    compose();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const { code, message } = error as ConfigurationError;
    return { code, message };
  }
  throw new Error('nothing was refused');
};

describe('a deployment is refused', () => {
  test.each<[string, Part[], string, string]>([
    ['without a transport', [memoryStorage(), counters('a')], 'MISSING_PART', 'the node has no transport'],
    ['without a storage', [transport(), counters('a')], 'MISSING_PART', 'the node has no storage'],
    ['without a group', [transport(), memoryStorage()], 'MISSING_PART', 'the node has no group'],
    ['with two transports', [transport(), transport(), memoryStorage(), counters('a')], 'OVERLAPPING_PARTS', 'more than one transport'],
    ['with two storages', [transport(), memoryStorage(), memoryStorage(), counters('a')], 'OVERLAPPING_PARTS', 'more than one storage'],
    [
      'with two groups of one name',
      [transport(), memoryStorage(), counters('a'), counters('a')],
      'OVERLAPPING_PARTS',
      'two groups are named "counters"',
    ],
    [
      'with two protocols in a group',
      [transport(), memoryStorage(), group('g', multiPaxos(), counterAt('a'), multiPaxos())],
      'OVERLAPPING_PARTS',
      'group g has more than one protocol',
    ],
    [
      'with a group that has no state machine',
      [transport(), memoryStorage(), group('g', multiPaxos() as never)],
      'MISSING_PART',
      'group g has no state machine: add a part such as stateMachine(() => …) or state({ … })',
    ],
    [
      'with two state machines in a group',
      [transport(), memoryStorage(), group('g', multiPaxos(), counterAt('a'), counterAt('a'))],
      'OVERLAPPING_PARTS',
      'group g has more than one state machine',
    ],
    [
      'with a group that has no protocol',
      [transport(), memoryStorage(), group('g', counterAt('a') as never)],
      'MISSING_PART',
      'group g has no protocol',
    ],
  ])('%s', (_, parts, code, message) => {
    expect(refusal(() => createNode(options, ...parts))).toEqual({ code, message: expect.stringContaining(message) });
  });

  test('with a name that no frame or file could carry', () => {
    for (const self of ['', 'a/b', 'ä', 'x'.repeat(65), 'a b'])
      expect(refusal(() => createNode({ ...options, self }, transport(), memoryStorage(), counters('a'))).code).toBe('BAD_NODE_ID');
    for (const name of ['', 'a/b', 'ü', 'x'.repeat(65)])
      expect(refusal(() => group(name, multiPaxos(), counterAt('a')))).toMatchObject({ code: 'BAD_GROUP_NAME' });
  });

  test('with a topology that places nothing, or a node twice, or no role', () => {
    expect(refusal(() => colocated([])).code).toBe('EMPTY_TOPOLOGY');
    expect(refusal(() => colocated(['a', 'b', 'a']))).toEqual({ code: 'DUPLICATE_NODE', message: expect.stringContaining('"a"') });
    expect(refusal(() => colocated(['a', 'b c'])).code).toBe('BAD_NODE_ID');
    expect(refusal(() => topology({ a: ['leader'], b: [] }))).toEqual({ code: 'NO_ROLES', message: expect.stringContaining('"b"') });
  });

  test('with a role that nobody plays', () => {
    const whole = { a: ['proposer', 'leader'], b: ['acceptor'], c: ['learner'] };
    for (const [node, role] of [
      ['a', 'leader'],
      ['b', 'acceptor'],
      ['c', 'learner'],
    ] as const) {
      const cluster = topology({ ...whole, [node]: ['proposer'] });
      expect(refusal(() => createNode({ self: 'a', cluster }, transport(), memoryStorage(), counters('a')))).toEqual({
        code: 'MISSING_ROLE',
        message: expect.stringContaining(role),
      });
    }
  });

  test('with a role that no group knows, be it misspelt in the topology or in a decorator', () => {
    const compose = (cluster: Topology, ...parts: Part[]) =>
      refusal(() => createNode({ self: 'a', cluster }, transport(), memoryStorage(), counters('a'), ...parts));
    const misspelt = topology({ a: ['proposer', 'leader', 'learner'], b: ['accepter'] });
    expect(compose(misspelt)).toEqual({
      code: 'UNKNOWN_ROLE',
      message: 'the topology gives node b the role "accepter", which no group has; there are proposer, leader, acceptor, learner',
    });
    const same: ActorDecorator = (actor) => actor;
    expect(compose(options.cluster, decorate('learnr', same))).toEqual({
      code: 'UNKNOWN_ROLE',
      message: 'decorate("learnr", …) names a role that no group has; the roles there are proposer, leader, acceptor, learner',
    });
    expect(compose(options.cluster, group('g', multiPaxos(), counterAt('a'), decorate('learnr', same) as never))).toMatchObject({
      code: 'UNKNOWN_ROLE',
      message: expect.stringContaining('that group g does not have'),
    });
    createNode(options, transport(), memoryStorage(), counters('a'), decorate('learner', same));
  });

  test.each<[object, string]>([
    [{ heartbeat: 0 }, 'heartbeat is 0'],
    [{ retry: -1 }, 'retry is -1'],
    [{ retry: Number.NaN }, 'retry is NaN'],
    [{ commandBytes: Number.POSITIVE_INFINITY }, 'commandBytes is Infinity'],
    [{ window: { slots: 0, bytes: 1 } }, 'window.slots is 0'],
    [{ heartbeat: 100, election: { least: 200, most: 400 } }, 'at least three heartbeats, 300 ms'],
    [{ election: { least: 400, most: 300 } }, 'below election.least'],
    [{ logBytes: 100_000_000 }, 'at least four times snapshot.bytes'],
    [{ hartbeat: 50 }, 'there is no option hartbeat; there are heartbeat, election, commitDelay'],
    [{ window: { slots: 8, byts: 9 } }, 'there is no option window.byts; there are window.slots, window.bytes'],
    [{ toString: 1 }, 'there is no option toString'],
    [{ window: 8 }, 'window is 8; it must be an object that may hold slots, bytes'],
    [{ election: null }, 'election is null; it must be an object'],
    [{ window: { slots: 1.5 } }, 'window.slots is 1.5; it must be a whole number from 1 to 9007199254740991'],
    [{ queue: { commands: '8' } }, 'queue.commands is "8"; it must be a whole number from 1 to 9007199254740991'],
    [{ sessions: { sessions: {} } }, 'sessions.sessions is an object; it must be a whole number from 1 to 9007199254740991'],
    [{ tail: 0.5 }, 'tail is 0.5; it must be a whole number'],
    [{ batchBytes: 2 ** 60 }, 'batchBytes is 1152921504606847000; it must be a whole number from 1'],
    [{ election: { most: undefined } }, 'election.most is undefined; it must be a number above 0'],
  ])('with the option %o', (given, message) => {
    expect(refusal(() => multiPaxos(given))).toEqual({ code: 'BAD_OPTION', message: expect.stringContaining(message) });
  });

  test('with commands that the transport cannot carry', () => {
    const narrow: Transport = {
      inbound$: EMPTY,
      status$: EMPTY,
      capabilities: { maxFrameBytes: 100_000 },
      start: () => EMPTY,
      send: () => true,
      stop: () => EMPTY,
      unwrap: () => undefined,
    };
    const narrowing = part(({ bind }) => {
      bind(TRANSPORT).toConstantValue(narrow);
    });
    expect(refusal(() => createNode(options, narrowing, memoryStorage(), counters('a')))).toEqual({
      code: 'BAD_OPTION',
      message: expect.stringContaining('the transport carries 100000'),
    });
  });

  test('when a part of it throws, with what that said', () => {
    const broken = group(
      'broken',
      multiPaxos(),
      stateMachine(() => {
        throw new Error('no memory for a state');
      }),
    );
    expect(refusal(() => createNode(options, transport(), memoryStorage(), broken)).message).toContain('no memory for a state');
  });

  test('when a client is asked for a group that the node does not have', () => {
    const node = createNode(options, transport(), memoryStorage(), counters('a'));
    expect(refusal(() => node.of(counters('a', 'others')))).toEqual({
      code: 'UNKNOWN_GROUP',
      message: expect.stringContaining('"others" is not a part of node a'),
    });
  });

  test('when two nodes of one name join a memory network: the second does not start, the first goes on', () => {
    const cluster = Cluster.of();
    const second = createNode(
      { self: 'a', cluster: cluster.topology },
      cluster.time(),
      memoryTransport(cluster.network),
      memoryStorage(),
      counters('a'),
    );
    expect(follow(second.start$()).error).toMatchObject({ code: 'DUPLICATE_NODE' });
    const added = follow(cluster.client('a').submit$({ add: 1 }));
    cluster.run(100);
    expect(added.value).toBe(1);
  });
});

describe('a topology', () => {
  test('says who plays what, in the order given', () => {
    const placed = topology({ a: ['proposer', 'leader'], b: ['acceptor'], c: ['acceptor', 'learner'] });
    expect(placed.nodes).toEqual(['a', 'b', 'c']);
    expect(placed.playing('acceptor')).toEqual(['b', 'c']);
    expect(placed.plays('a', 'acceptor')).toBe(false);
    expect(placed.plays('stranger', 'leader')).toBe(false);
    expect(colocated(['a', 'b']).playing('anything')).toEqual(['a', 'b']);
  });

  test('with roles on nodes of their own serves, and its learners that do not vote follow', () => {
    const cluster = new Cluster(
      topology({
        front: ['proposer', 'leader'],
        spare: ['proposer', 'leader'],
        v1: ['acceptor'],
        v2: ['acceptor'],
        v3: ['acceptor'],
        l1: ['learner'],
        l2: ['learner'],
      }),
    );
    for (const self of cluster.topology.nodes) cluster.add(self);
    cluster.run(2000);
    const results = [1, 2, 3].map((add) => follow(cluster.client(add === 2 ? 'spare' : 'front').submit$({ add })));
    cluster.run(500);
    expect(results.map(({ value }) => value).sort()).toHaveLength(3);
    expect(Math.max(...results.map(({ value }) => value as number))).toBe(6);
    const read = follow(cluster.client('spare').query$('total'));
    cluster.run(500);
    expect(read.value).toBe(6);
    cluster.run(5000);
    for (const learner of ['l1', 'l2']) expect(cluster.node(learner).status().groups.counters?.roles).toEqual(['learner']);
    expect(cluster.node('l1').status().groups.counters?.applied).toBe(cluster.node('l2').status().groups.counters?.applied);
  });
});
