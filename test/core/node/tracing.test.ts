import { createNode, memoryStorage, memoryTransport, SCHEDULER, TRACING, TRANSPORT, type TracedEvent, type Tracing } from '@synod/core';
import { EMPTY, filter, NEVER, Subject } from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isMessageEvent, Tracer } from '../../../packages/core/src/actor/tracer.js';
import { Cluster, colocatedOne, counters, follow, part } from './cluster.js';

const TELLING = ['rule', 'send', 'deliver', 'drop', 'dropFrame', 'persist', 'durable'] as const;

/** Three nodes that execute one command, and all that they traced. */
const traced = (tracing: Tracing) => {
  const cluster = new Cluster(undefined, tracing);
  const events: TracedEvent[] = [];
  for (const self of ['a', 'b', 'c']) cluster.add(self).trace$.subscribe((event) => events.push(event));
  cluster.run(2000);
  const { leader } = cluster;
  events.length = 0;
  const answer = follow(cluster.client(leader).submit$({ add: 2 }));
  cluster.run(100);
  expect(answer.value).toBe(2);
  return { cluster, events, leader };
};

describe('tracing that is off', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('builds nothing for all that three nodes do', () => {
    const built = TELLING.map((method) =>
      vi.spyOn(Tracer.prototype, method).mockImplementation(() => {
        throw new Error(`${method} was told, and nobody asked`);
      }),
    );
    const { cluster } = traced('off');
    expect(built.every((spy) => spy.mock.calls.length === 0)).toBe(true);
    for (const { node } of cluster.nodes.values()) expect(node.status().state).toBe('running');
  });

  test('is what a node does unless told', () => {
    const cluster = new Cluster(colocatedOne);
    const time = part(({ bind }) => {
      bind(SCHEDULER).toConstantValue(cluster.scheduler);
    });
    const node = createNode({ self: 'a', cluster: colocatedOne }, time, memoryTransport(cluster.network), memoryStorage(), counters('a'));
    const events: TracedEvent[] = [];
    node.trace$.subscribe((event) => events.push(event));
    follow(node.start$());
    cluster.run(2000);
    expect(node.status().groups.counters?.leader).toBe('a');
    expect(events).toEqual([]);
  });
});

describe('tracing of rules', () => {
  test('tells who promised, voted, chose and executed, on its own clock', () => {
    const { events, leader } = traced('rules');
    expect(events.some(isMessageEvent)).toBe(false);
    expect(events.filter(({ event }) => event === 'vote').map(({ node, group, role }) => `${node} ${group} ${role}`)).toEqual(
      expect.arrayContaining(['a', 'b', 'c'].map((node) => `${node} counters acceptor`)),
    );
    expect(events.filter(({ event }) => event === 'choose').every(({ node, role }) => node === leader && role === 'leader')).toBe(true);
    for (const { at } of events) expect(at).toBeGreaterThanOrEqual(2000);
  });
});

describe('tracing of messages', () => {
  test('tells, at both ends, every message, and every record until it is durable', () => {
    const { events, leader } = traced('messages');
    const kinds = (name: string, role: string) =>
      events.filter(({ event, role: at }) => event === name && at === role).map(({ message }) => (message as { kind: string }).kind);
    expect(kinds('send', 'leader')).toContain('accept');
    expect(kinds('deliver', 'acceptor')).toContain('accept');
    expect(kinds('send', 'acceptor')).toContain('accepted');
    expect(kinds('deliver', 'client')).toContain('settled');
    const votes = events.filter(({ event, role }) => event === 'persist' && role === 'acceptor');
    expect(new Set(votes.map(({ node }) => node))).toEqual(new Set(['a', 'b', 'c']));
    // An acceptor's answer binds only once its vote is durable.
    for (const node of ['a', 'b', 'c']) {
      const own = events.filter((event) => event.node === node);
      const answer = own.findIndex(({ event, role, message }) => event === 'send' && role === 'acceptor' && isKind(message, 'accepted'));
      const { awaited } = own[answer] as unknown as { awaited: number };
      const durable = own.findIndex(({ event, below }) => event === 'durable' && below === awaited);
      expect(durable, `${node}, with ${leader} leading`).toBeGreaterThanOrEqual(0);
      expect(durable).toBeLessThan(answer);
    }
  });

  test('tells of a frame that the node cannot read', () => {
    const inbound$ = new Subject<Uint8Array>();
    const cluster = new Cluster(colocatedOne, 'messages');
    const transport = part(({ bind }) => {
      bind(TRANSPORT).toConstantValue({
        inbound$,
        status$: NEVER,
        capabilities: { maxFrameBytes: 1 << 24 },
        start: () => EMPTY,
        send: () => true,
        stop: () => EMPTY,
        unwrap: () => undefined,
      });
    });
    const node = createNode({ self: 'a', cluster: colocatedOne }, cluster.time(), transport, memoryStorage(), counters('a'));
    const dropped: TracedEvent[] = [];
    node.trace$.pipe(filter(({ event }) => event === 'drop')).subscribe((event) => dropped.push(event));
    follow(node.start$());
    cluster.run(10);
    inbound$.next(Uint8Array.of(1, 2, 3));
    expect(dropped).toEqual([{ at: 10, node: 'a', event: 'drop', reason: 'malformed: not a frame of this protocol' }]);
  });

  test('tells of messages that the transport did not take', () => {
    const cluster = new Cluster(undefined, 'messages');
    const events: TracedEvent[] = [];
    cluster.add('a').trace$.subscribe((event) => events.push(event));
    cluster.run(2000);
    const dropped = events.filter(({ event }) => event === 'drop');
    expect(dropped.length).toBeGreaterThan(0);
    for (const { node, to, reason, message } of dropped) {
      expect([node, reason]).toEqual(['a', 'the transport did not take it']);
      expect(['b', 'c']).toContain((to as { node: string }).node);
      expect(message).toHaveProperty('kind');
    }
  });

  test('asked for in a way that there is none of is refused, with what there is', () => {
    const wrong = part(({ bind }) => {
      bind(TRACING).toConstantValue('everything' as Tracing);
    });
    const { network } = new Cluster();
    expect(() => createNode({ self: 'a', cluster: colocatedOne }, wrong, memoryTransport(network), memoryStorage(), counters('a'))).toThrow(
      expect.objectContaining({ code: 'BAD_TRACING', message: expect.stringContaining('"off", "rules", "messages"') }),
    );
  });
});

const isKind = (message: unknown, kind: string): boolean => (message as { kind?: string } | undefined)?.kind === kind;
