import {
  createNode,
  MemoryNetwork,
  MemoryStorage,
  memoryStorage,
  memoryTransport,
  type NodeEvent,
  type Recovered,
  STORAGE,
  StoppedError,
  type Storage,
  startNode,
  TRANSPORT,
  type Transport,
  UnknownOutcomeError,
} from '@synod/core';
import { EMPTY, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Cluster, colocatedOne, counters, follow, part } from './cluster.js';

/** A storage and a transport that write down what is asked of them, in order. */
const recorded = (
  over: Partial<Storage & { start: Transport['start']; stop: Transport['stop'] }> = {},
  memory: MemoryStorage = new MemoryStorage(),
) => {
  const asked: string[] = [];
  const note = <T>(what: string, source: () => T): (() => T) => {
    return () => {
      asked.push(what);
      return source();
    };
  };
  const storage: Storage = {
    capabilities: memory.capabilities,
    open: (identity) => note('open', () => over.open?.(identity) ?? memory.open(identity))(),
    append: (records) => over.append?.(records) ?? memory.append(records),
    checkpoint: (role, covers, state) => memory.checkpoint(role, covers, state),
    close: note('close', () => over.close?.() ?? memory.close()),
  };
  const transport: Transport = {
    inbound$: NEVER,
    status$: NEVER,
    capabilities: { maxFrameBytes: 1 << 24 },
    start: note('start', () => over.start?.() ?? EMPTY),
    send: () => true,
    stop: note('stop', () => over.stop?.() ?? EMPTY),
    unwrap: () => undefined,
  };
  const parts = [
    part(({ bind }) => {
      bind(STORAGE).toConstantValue(storage);
    }),
    part(({ bind }) => {
      bind(TRANSPORT).toConstantValue(transport);
    }),
  ];
  const cluster = new Cluster(colocatedOne);
  const handle = counters('a');
  const node = createNode({ self: 'a', cluster: colocatedOne }, cluster.time(), ...parts, handle);
  return { node, asked, cluster, client: () => node.of(handle), parts: [cluster.time(), ...parts, handle] };
};

describe('a node that starts', () => {
  test('opens its storage, then its transport, and only then runs', () => {
    const { node, asked } = recorded();
    const events: string[] = [];
    node.events$.subscribe(({ event }) => events.push(event));
    expect(node.status().state).toBe('starting');
    expect(asked).toEqual([]);
    expect(follow(node.start$()).completed).toBe(true);
    expect(asked).toEqual(['open', 'start']);
    expect(node.status().state).toBe('running');
    expect(events).toEqual(['started']);
  });

  test('takes no calls before it runs', () => {
    const { client } = recorded();
    expect(follow(client().submit$({ add: 1 })).error).toMatchObject({ code: 'NOT_RUNNING' });
  });

  test('is started once: a second start is refused, and the first goes on', () => {
    const { node, client, cluster } = recorded();
    follow(node.start$());
    expect(follow(node.start$()).error).toMatchObject({ code: 'STARTED_BEFORE' });
    cluster.run(2000);
    const added = follow(client().submit$({ add: 1 }));
    cluster.run(100);
    expect(added.value).toBe(1);
  });

  test('fails if its storage does not open: the transport is never started, and nothing is left open', () => {
    const { node, asked } = recorded({ open: () => throwError(() => new Error('damaged')) });
    expect(follow(node.start$()).error).toMatchObject({ message: 'damaged' });
    expect(asked).toEqual(['open', 'stop', 'close']);
    expect(node.status().state).toBe('failed');
    expect(follow(node.failure$)).toMatchObject({ value: { message: 'damaged' }, completed: true });
  });

  test('rejects only when what it had opened is closed', () => {
    const closed$ = new Subject<never>();
    const { node } = recorded({ start: () => throwError(() => new Error('address in use')), close: () => closed$ });
    const started = follow(node.start$());
    expect(started.error).toBeUndefined();
    closed$.complete();
    expect(started.error).toMatchObject({ message: 'address in use' });
  });

  test('fails if an actor cannot recover, and then never starts its transport', () => {
    const roles = new Map([['counters/acceptor', { records: [Uint8Array.of(99)] }]]);
    const { node, asked } = recorded({ open: () => of<Recovered>({ generation: 'g', position: 1, roles }) });
    expect(follow(node.start$()).error).toMatchObject({ message: "an acceptor's record has kind 99" });
    expect(asked).toEqual(['open', 'stop', 'close']);
  });

  test('and is stopped meanwhile starts nothing more', () => {
    const open$ = new Subject<Recovered>();
    const { node, asked } = recorded({ open: () => open$ });
    const started = follow(node.start$());
    expect(follow(node.stop$()).completed).toBe(true);
    open$.next({ generation: 'g', position: 0, roles: new Map() });
    open$.complete();
    expect(started).toMatchObject({ completed: true });
    expect(asked).toEqual(['open', 'stop', 'close']);
    expect(node.status().state).toBe('stopped');
  });

  test('rejects as a promise too', async () => {
    const { parts } = recorded({ open: () => Promise.reject(new Error('damaged')) });
    await expect(startNode({ self: 'a', cluster: colocatedOne }, ...parts)).rejects.toThrow('damaged');
  });
});

describe('a node that stops', () => {
  test('closes transport and storage, whatever either does, and says so once', () => {
    const { node, asked } = recorded({ stop: () => throwError(() => new Error('socket')) });
    const events: NodeEvent[] = [];
    follow(node.start$());
    node.events$.subscribe((event) => events.push(event));
    expect(follow(node.stop$()).error).toMatchObject({ message: 'socket' });
    expect(follow(node.stop$()).error).toMatchObject({ message: 'socket' });
    expect(asked).toEqual(['open', 'start', 'stop', 'close']);
    expect(events).toEqual([{ event: 'stopped' }]);
    expect(follow(node.failure$)).toEqual({ completed: true });
  });

  test('waits for both to close', () => {
    const closed$ = new Subject<never>();
    const { node } = recorded({ close: () => closed$ });
    follow(node.start$());
    const stopped = follow(node.stop$());
    expect(stopped.completed).toBe(false);
    closed$.complete();
    expect(stopped.completed).toBe(true);
  });

  test('tells its callers what is known: a command may have happened, a query was not answered, a new call is refused', () => {
    const cluster = Cluster.of();
    const client = cluster.client('a');
    const submitted = follow(client.submit$({ add: 1 }));
    const asked = follow(client.query$('total'));
    // The turn ends, and what was gathered in it goes to the proposer.
    cluster.scheduler.step();
    const unsent = follow(client.submit$({ add: 1 }));
    follow(cluster.node('a').stop$());
    expect(submitted.error).toBeInstanceOf(UnknownOutcomeError);
    expect(asked.error).toMatchObject({ code: 'STOPPED' });
    expect(unsent.error).toMatchObject({ code: 'STOPPED', message: expect.stringContaining('before anything was sent') });
    for (const late of [follow(client.submit$({ add: 1 })), follow(client.query$('total'))])
      expect(late.error).toBeInstanceOf(StoppedError);
  });

  test('answers the retry of an unknown outcome with an error, for it is gone', async () => {
    const cluster = Cluster.of();
    const submitted = follow(cluster.client('a').submit$({ add: 1 }));
    cluster.scheduler.step();
    follow(cluster.node('a').stop$());
    await expect((submitted.error as UnknownOutcomeError).retry()).rejects.toBeInstanceOf(StoppedError);
  });

  test('rejects promised calls as it does observed ones', async () => {
    const cluster = Cluster.of();
    const submitted = cluster.client('a').submit({ add: 1 });
    const asked = cluster.client('a').query('total');
    cluster.scheduler.step();
    follow(cluster.node('a').stop$());
    await expect(submitted).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    await expect(asked).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(cluster.client('a').submit({ add: 1 })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  test('recovers in its next life from the storage that it is given again', () => {
    const cluster = Cluster.of();
    follow(cluster.client('a').submit$({ add: 5 }));
    cluster.run(500);
    for (const self of ['a', 'b', 'c']) follow(cluster.node(self).stop$());
    for (const self of ['a', 'b']) cluster.add(self);
    cluster.run(3000);
    const read = follow(cluster.client('b').query$('total'));
    cluster.run(500);
    expect(read.value).toBe(5);
  });
});

describe('the status of a node, followed,', () => {
  test('ends when the node stops, and leaves no timer behind', () => {
    const { node, cluster } = recorded();
    follow(node.start$());
    const status = follow(node.status$);
    cluster.run(1000);
    expect(status).toMatchObject({ completed: false, value: { state: 'running' } });
    follow(node.stop$());
    expect(status).toMatchObject({ completed: true, value: { state: 'stopped' } });
    cluster.scheduler.flush();
    expect(follow(node.status$)).toMatchObject({ completed: true, value: { state: 'stopped' } });
  });

  test('ends when the node fails', () => {
    const { node, cluster } = recorded({ append: () => throwError(() => new Error('the disk is full')) });
    const status = follow(node.status$);
    follow(node.start$());
    cluster.run(5000);
    expect(status).toMatchObject({ completed: true, value: { state: 'failed' } });
  });
});

describe('a node that fails', () => {
  test('handles nothing more, tells why once, to those who come later too, and ends its calls', () => {
    const cluster = Cluster.of();
    const { follower } = cluster;
    const node = cluster.node(follower);
    const failures: Error[] = [];
    node.failure$.subscribe((error) => failures.push(error));
    const doomed = follow(cluster.client(follower).submit$({ explode: follower }));
    const behind = follow(cluster.client(follower).submit$({ add: 1 }));
    cluster.run(200);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toMatch(/^the state machine threw at slot \d+, command 0 of its batch: Error: this replica cannot$/);
    expect(follow(node.failure$).value).toBe(failures[0]);
    expect(node.status().state).toBe('failed');
    // The others could apply it: whether the caller heard of it depends on who was first, but nobody waits for ever.
    for (const call of [doomed, behind]) expect(call.value !== undefined || call.error instanceof UnknownOutcomeError).toBe(true);
    expect(follow(cluster.client(follower).query$('total')).error).toMatchObject({ code: 'NOT_RUNNING' });
    const others = follow(cluster.client(cluster.leader).submit$({ add: 2 }));
    cluster.run(200);
    expect(others.value).toBeGreaterThanOrEqual(2);
  });

  test('because its storage cannot append acknowledges nothing after it', () => {
    let broken = false;
    const memory = new MemoryStorage();
    const { node, client, cluster, asked } = recorded(
      { append: (records) => (broken ? throwError(() => new Error('EIO')) : memory.append(records)) },
      memory,
    );
    follow(node.start$());
    cluster.run(2000);
    broken = true;
    const submitted = follow(client().submit$({ add: 1 }));
    cluster.run(100);
    expect(submitted.error).toBeInstanceOf(UnknownOutcomeError);
    expect(follow(node.failure$).value).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(asked).toEqual(['open', 'start', 'stop', 'close']);
  });

  test('does not start again', () => {
    const { node } = recorded({ open: () => throwError(() => new Error('damaged')) });
    follow(node.start$());
    expect(follow(node.start$()).error).toMatchObject({ code: 'STARTED_BEFORE' });
  });
});

describe('a memory storage', () => {
  test('is open to one node at a time, and belongs to the node that first opened it', () => {
    const storage = new MemoryStorage();
    const open = (node: string) => follow(storage.open({ cluster: 'synod', node, newGeneration: node }) as Observable<Recovered>);
    expect(open('a').value?.generation).toBe('a');
    expect(open('a').error).toMatchObject({ code: 'STORAGE_LOCKED' });
    storage.close();
    expect(open('b').error).toMatchObject({ code: 'FOREIGN_STORAGE' });
    expect(open('a').value?.generation).toBe('a');
  });

  test('acknowledges nothing before it is open, after an error, and after close; its next life does', () => {
    const storage = new MemoryStorage();
    const records = [{ role: 'g/acceptor', bytes: Uint8Array.of(1) }];
    const open = () => follow(storage.open({ cluster: 'synod', node: 'a', newGeneration: 'a' }) as Observable<Recovered>);
    expect(follow(storage.append(records)).error).toMatchObject({ code: 'STORAGE_NOT_OPEN' });
    open();
    expect(follow(storage.append(records)).completed).toBe(true);
    const broken = function* (): Generator<Uint8Array> {
      yield Uint8Array.of(1);
      throw new Error('no snapshot');
    };
    expect(follow(storage.checkpoint('g/acceptor', 1, broken())).error).toMatchObject({ message: 'no snapshot' });
    expect(follow(storage.append(records)).error).toMatchObject({ message: 'no snapshot' });
    storage.close();
    expect(follow(storage.append(records)).error).toMatchObject({ code: 'STORAGE_NOT_OPEN' });
    expect(open().value?.position).toBe(1);
    expect(follow(storage.append(records)).completed).toBe(true);
  });

  test('of a node that failed to start is free for its next life', () => {
    const cluster = new Cluster(colocatedOne);
    const storage = new MemoryStorage();
    const taken = new MemoryNetwork();
    const life = (network: MemoryNetwork) =>
      createNode({ self: 'a', cluster: colocatedOne }, cluster.time(), memoryTransport(network), memoryStorage(storage), counters('a'));
    const first = life(taken);
    follow(first.start$());
    follow(first.stop$());
    expect(follow(life(taken).start$()).completed).toBe(true);
  });
});
