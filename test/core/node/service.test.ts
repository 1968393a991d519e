import {
  type ActorDecorator,
  colocated,
  createNode,
  decorate,
  type Envelope,
  group,
  memoryStorage,
  memoryTransport,
  multiPaxos,
  type Node,
  OverloadedError,
  QueryError,
  RefusedError,
  state,
  synod,
  topology,
  UnknownOutcomeError,
} from '@synod/core';
import { filter, ignoreElements, map, mergeWith, tap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Cluster, colocatedOne, counterAt, counters, follow, type Part } from './cluster.js';

describe('a cluster', () => {
  test('executes commands of every node once, and in one order', () => {
    const cluster = Cluster.of();
    const added = ['a', 'b', 'c', 'a', 'b', 'c'].map((self) => follow(cluster.client(self).submit$({ add: 1 })));
    cluster.run(500);
    expect(added.map(({ value }) => value).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test.each(['linearizable', 'sequential', 'local'] as const)('answers a %s query at every node', (consistency) => {
    const cluster = Cluster.of();
    follow(cluster.client('b').submit$({ add: 3 }));
    cluster.run(500);
    const read = ['a', 'b', 'c'].map((self) => follow(cluster.client(self).query$('total', { consistency })));
    cluster.run(100);
    expect(read.map(({ value }) => value)).toEqual([3, 3, 3]);
  });

  test('shows a caller its own writes in a sequential query at once', () => {
    const cluster = Cluster.of();
    for (let i = 1; i <= 20; i++) {
      const added = follow(cluster.client(cluster.follower).submit$({ add: 1 }));
      while (!added.completed) cluster.scheduler.step();
      const read = follow(cluster.client(cluster.follower).query$('total', { consistency: 'sequential' }));
      cluster.run(60);
      expect(read.value).toBe(i);
    }
  });

  test('shows its state: who leads, what is chosen and applied, which roles a node plays', () => {
    const cluster = Cluster.of();
    follow(cluster.client('a').submit$({ add: 1 }));
    cluster.run(500);
    const { leader } = cluster;
    for (const self of ['a', 'b', 'c']) {
      const { state: is, groups, queue, unsynced } = cluster.node(self).status();
      expect({ is, queue, unsynced }).toEqual({ is: 'running', queue: 0, unsynced: 0 });
      expect(groups.counters).toMatchObject({ leader, roles: ['proposer', 'leader', 'acceptor', 'learner'], ballot: `1.${leader}` });
      expect(groups.counters?.applied).toBeGreaterThan(1);
    }
    const chosen = (self: string) => cluster.node(self).status().groups.counters?.chosen as number;
    const before = chosen(leader);
    for (let add = 1; add <= 20; add++) {
      follow(cluster.client(leader).submit$({ add }));
      cluster.run(10);
    }
    cluster.run(100);
    expect(chosen(leader)).toBeGreaterThanOrEqual(before + 20);
    for (const self of ['a', 'b', 'c']) expect(chosen(self)).toBe(chosen(leader));
    const shown: string[] = [];
    const subscription = cluster.node('a').status$.subscribe(({ node }) => shown.push(node));
    cluster.run(1000);
    subscription.unsubscribe();
    expect(shown).toEqual(['a', 'a', 'a', 'a', 'a']);
  });
});

describe('a client is told', () => {
  test('of a command that is not valid before anything is sent', () => {
    const cluster = Cluster.of();
    expect(follow(cluster.client('a').submit$({ add: 1.5 })).error).toEqual(new TypeError('add must be whole'));
  });

  test('of a command that is too large before anything is sent', () => {
    const cluster = Cluster.of();
    const error = follow(cluster.client('a').submit$({ explode: 'x'.repeat(2_000_000) })).error;
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('of a query that threw, with what it said', () => {
    const cluster = Cluster.of();
    const asked = follow(cluster.client('a').query$('nonsense'));
    cluster.run(200);
    expect(asked.error).toBeInstanceOf(QueryError);
    expect(asked.error).toMatchObject({ message: 'no such query' });
  });

  test('that nothing happened, if no leader was there to open a session', () => {
    const cluster = Cluster.of('a');
    const submitted = follow(cluster.client('a').submit$({ add: 1 }, { deadline: 300 }));
    cluster.run(299);
    expect(submitted.error).toBeUndefined();
    cluster.run(100);
    expect(submitted.error).toMatchObject({ name: 'RefusedError', code: 'UNAVAILABLE' });
  });

  test('that the queue is full before anything is sent', () => {
    const cluster = new Cluster(colocatedOne);
    const small = group('small', multiPaxos({ queue: { commands: 3, bytes: 1000 } }), counterAt('a'));
    const node = cluster.add('a', small);
    const calls = Array.from({ length: 5 }, () => follow(node.of(small).submit$({ add: 1 })));
    cluster.run(0);
    expect(calls.map(({ error }) => error instanceof OverloadedError)).toEqual([false, false, false, true, true]);
    cluster.run(2000);
    expect(calls.map(({ value }) => value)).toEqual([1, 2, 3, undefined, undefined]);
  });

  test('that its node does not play the role that takes what clients want, and which nodes do', () => {
    const cluster = new Cluster(topology({ a: ['acceptor'], b: ['*'], c: ['*'] }));
    const decree = group('decree', synod<string>());
    const node = cluster.add('a', decree);
    const refused = { name: 'RefusedError', code: 'NO_ENTRY_ROLE', message: expect.stringContaining('ask through b, c') };
    const submitted = follow(cluster.client('a').submit$({ add: 1 }));
    cluster.run(0);
    expect(submitted.error).toMatchObject(refused);
    expect(follow(node.of(decree).learn$()).error).toMatchObject(refused);
    expect(follow(node.of(decree).decided$).error).toMatchObject(refused);
  });

  test('that the outcome is unknown, and by a retry what it was; the command happened once', async () => {
    const cluster = Cluster.of();
    const { follower } = cluster;
    follow(cluster.client(follower).submit$({ add: 1 }));
    cluster.run(500);
    for (const self of ['a', 'b', 'c']) if (self !== follower) follow(cluster.node(self).stop$());
    const submitted = follow(cluster.client(follower).submit$({ add: 10 }, { deadline: 400 }));
    cluster.run(500);
    expect(submitted.error).toBeInstanceOf(UnknownOutcomeError);
    for (const self of ['a', 'b', 'c']) if (self !== follower) cluster.add(self);
    cluster.run(2000);
    const again = (submitted.error as UnknownOutcomeError<number>).retry();
    cluster.run(2000);
    expect(await again).toBe(11);
    const read = follow(cluster.client(follower).query$('total'));
    cluster.run(500);
    expect(read.value).toBe(11);
  });
});

describe('a client node', () => {
  test('plays only the proposer, needs no storage, and is served from outside the topology', () => {
    const cluster = Cluster.of();
    const handle = counters('x');
    const node = createNode({ self: 'x', cluster: cluster.topology }, cluster.time(9), memoryTransport(cluster.network), handle);
    follow(node.start$());
    const added = [1, 2, 3].map((add) => follow(node.of(handle).submit$({ add })));
    const read = follow(node.of(handle).query$('total'));
    cluster.run(1000);
    expect(added.map(({ value }) => value)).toEqual([1, 3, 6]);
    expect(read.value).toBeTypeOf('number');
    expect(node.status().groups.counters).toMatchObject({ roles: ['proposer'] });
  });

  test('finds another leader when the one that it knew is gone', () => {
    const cluster = Cluster.of();
    const handle = counters('x');
    const node = createNode({ self: 'x', cluster: cluster.topology }, cluster.time(9), memoryTransport(cluster.network), handle);
    follow(node.start$());
    follow(node.of(handle).submit$({ add: 1 }));
    cluster.run(1000);
    follow(cluster.node(cluster.leader).stop$());
    const added = follow(node.of(handle).submit$({ add: 1 }));
    cluster.run(4000);
    expect(added.value).toBe(2);
  });
});

describe('two groups on one node', () => {
  test('share its transport and storage, and nothing else', () => {
    const cluster = new Cluster();
    const others = ['a', 'b', 'c'].map((self) => {
      const handle = counters(self, 'others');
      return { node: cluster.add(self, handle), handle };
    });
    cluster.run(2000);
    const [first] = others as [(typeof others)[0]];
    follow(cluster.client('a').submit$({ add: 1 }));
    const other = follow(first.node.of(first.handle).submit$({ add: 100 }));
    cluster.run(500);
    expect(other.value).toBe(100);
    const reads = others.map(({ node, handle }) => follow(node.of(handle).query$('total')));
    const read = follow(cluster.client('b').query$('total'));
    cluster.run(500);
    expect(reads.map(({ value }) => value)).toEqual([100, 100, 100]);
    expect(read.value).toBe(1);
    expect(Object.keys(first.node.status().groups)).toEqual(['counters', 'others']);
  });

  test('and one that the others do not have gets no answer, costs them nothing, and is told of', () => {
    const cluster = Cluster.of('b', 'c');
    const lonely = counters('a', 'lonely');
    const node = cluster.add('a', lonely);
    const refused: unknown[] = [];
    cluster.node('b').events$.subscribe(({ event, reason }) => event === 'frame refused' && refused.push(reason));
    cluster.run(2000);
    const [here, there] = [follow(node.of(lonely).submit$({ add: 1 }, { deadline: 500 })), follow(cluster.client('a').submit$({ add: 1 }))];
    cluster.run(1000);
    expect(here.error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(there.value).toBe(1);
    expect(refused).toEqual([
      'group: a message from a for a group that is not here, or whose protocol, or an option that all nodes must share, is another',
    ]);
    expect(cluster.node('b').status().counters['frames.refused.group']).toBeGreaterThan(1);
  });
});

describe('a node of another cluster', () => {
  test('is refused, counted, and told of once', () => {
    const cluster = Cluster.of('a', 'b');
    const events: unknown[] = [];
    cluster.node('a').events$.subscribe(({ event, reason }) => event === 'frame refused' && events.push(reason));
    const stranger = createNode(
      { self: 'c', cluster: colocated(['a', 'b', 'c']), name: 'another' },
      cluster.time(5),
      memoryTransport(cluster.network),
      memoryStorage(),
      counters('c'),
    );
    follow(stranger.start$());
    cluster.run(3000);
    expect(events).toEqual(['cluster: a frame of another cluster']);
    expect(cluster.node('a').status().counters['frames.refused.cluster']).toBeGreaterThan(1);
    expect(stranger.status().groups.counters?.leader).toBeUndefined();
  });
});

describe('a decorator', () => {
  const one = (...parts: Part[]): { cluster: Cluster; node: Node } => {
    const cluster = new Cluster(colocatedOne);
    const node = cluster.add('a', ...parts);
    return { cluster, node };
  };

  test('sees what its role is told, and what it does', () => {
    const told: string[] = [];
    const done: string[] = [];
    const watch: ActorDecorator = (actor) => (mailbox$, context) =>
      actor(mailbox$.pipe(tap(({ message }) => told.push(message.kind))), context).pipe(tap(({ effect }) => done.push(effect)));
    const { cluster } = one(decorate('acceptor', watch));
    cluster.run(1000);
    follow(cluster.client('a').submit$({ add: 1 }));
    cluster.run(100);
    for (const kind of ['enrol', 'probe', 'prepare', 'accept', 'heartbeat']) expect(told).toContain(kind);
    for (const effect of ['persist', 'send', 'startTimer', 'trace']) expect(done).toContain(effect);
    expect(told).not.toContain('submit');
  });

  test('can filter: an acceptor that never hears an Accept chooses nothing', () => {
    const deaf: ActorDecorator = (actor) => (mailbox$, context) =>
      actor(mailbox$.pipe(filter(({ message }) => message.kind !== 'accept')), context);
    const { cluster } = one(decorate('acceptor', deaf));
    cluster.run(1000);
    const submitted = follow(cluster.client('a').submit$({ add: 1 }, { deadline: 500 }));
    cluster.run(1000);
    expect(submitted.error).toBeInstanceOf(RefusedError);
  });

  test('of a node holds for every group, one of a group for that group alone; the first is innermost', () => {
    const order: string[] = [];
    const named =
      (name: string): ActorDecorator =>
      (actor) =>
      (mailbox$, context) =>
        actor(
          mailbox$.pipe(
            map((envelope: Envelope) => {
              if (envelope.message.kind === 'submit') order.push(`${name} ${context.self.group}`);
              return envelope;
            }),
          ),
          context,
        );
    const own = group(
      'own',
      multiPaxos(),
      state<number, number, number, number, number>({ initial: 0, apply: () => 0, query: () => 0 }),
      decorate('proposer', named('group')) as never,
    );
    const { cluster, node } = one(own, decorate('proposer', named('node 1')), decorate('proposer', named('node 2')));
    follow(cluster.client('a').submit$({ add: 1 }));
    follow(node.of(own).submit$(1));
    cluster.run(10);
    expect(order.filter((line) => line.endsWith('counters'))).toEqual(['node 2 counters', 'node 1 counters']);
    expect([...order.filter((line) => line.endsWith('own'))].sort()).toEqual(['group own', 'node 1 own', 'node 2 own']);
  });

  test('that throws stops the node', () => {
    const broken: ActorDecorator = (actor) => (mailbox$, context) =>
      actor(mailbox$, context).pipe(
        tap(({ effect }) => {
          if (effect === 'persist') throw new Error('decorator');
        }),
      );
    const { cluster, node } = one(decorate('leader', broken));
    cluster.run(1000);
    expect(follow(node.failure$).value).toMatchObject({ message: 'decorator' });
  });

  test('may add effects of its own, and take all away', () => {
    const silent: ActorDecorator = (actor) => (mailbox$, context) =>
      actor(mailbox$, context).pipe(ignoreElements(), mergeWith([{ effect: 'notify' as const, notice: { event: 'I am the learner' } }]));
    const events: string[] = [];
    const cluster = new Cluster(colocatedOne);
    const handle = counters('a');
    const node = createNode(
      { self: 'a', cluster: colocatedOne },
      cluster.time(),
      memoryTransport(cluster.network),
      memoryStorage(),
      handle,
      decorate('learner', silent),
    );
    node.events$.subscribe(({ event }) => events.push(event));
    follow(node.start$());
    const submitted = follow(node.of(handle).submit$({ add: 1 }, { deadline: 300 }));
    cluster.run(1000);
    expect(events).toContain('I am the learner');
    expect(submitted.error).toBeInstanceOf(RefusedError);
  });
});
