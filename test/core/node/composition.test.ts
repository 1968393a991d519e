import {
  ConfigurationError,
  colocated,
  createNode,
  group,
  MemoryNetwork,
  memoryStorage,
  memoryTransport,
  multiPaxos,
  stateMachine,
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
      'protocol of group g',
    ],
    [
      'with a group that has no state machine',
      [transport(), memoryStorage(), group('g', multiPaxos() as never)],
      'MISSING_PART',
      'the protocol of group g cannot be put together',
    ],
    [
      'with a group that has no protocol',
      [transport(), memoryStorage(), group('g', counterAt('a') as never)],
      'MISSING_PART',
      'the node has no protocol of group g',
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

  test.each<[object, string]>([
    [{ heartbeat: 0 }, 'heartbeat is 0'],
    [{ retry: -1 }, 'retry is -1'],
    [{ retry: Number.NaN }, 'retry is NaN'],
    [{ commandBytes: Number.POSITIVE_INFINITY }, 'commandBytes is Infinity'],
    [{ window: { slots: 0, bytes: 1 } }, 'window.slots is 0'],
    [{ heartbeat: 100, election: { least: 200, most: 400 } }, 'at least three heartbeats, 300 ms'],
    [{ election: { least: 400, most: 300 } }, 'below election.least'],
    [{ logBytes: 100_000_000 }, 'at least four times snapshot.bytes'],
    [{ hartbeat: 50 }, 'there is no option hartbeat'],
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
