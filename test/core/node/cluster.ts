import {
  colocated,
  createNode,
  group,
  MemoryNetwork,
  MemoryStorage,
  memoryStorage,
  memoryTransport,
  multiPaxos,
  type Node,
  ProtocolPart,
  RANDOM,
  SCHEDULER,
  state,
  type Topology,
  TRACING,
  type Tracing,
  WALL_CLOCK,
} from '@synod/core';
import { SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import type { Observable } from 'rxjs';

/** A part of a deployment that binds whatever a test needs. Parts are container modules; tests depend on no container of their own. */
export const part = (bindings: ConstructorParameters<typeof ProtocolPart>[0]): Part => new ProtocolPart(bindings);
export type Part = Parameters<typeof createNode>[1];

export type Command = { add: number } | { explode: string };

/** Adds; `explode` throws at the node of that name only, as a replica that is not like the others would. */
export const counterAt = (node: string) =>
  state<{ total: number }, Command, number, 'total' | 'nonsense', number>({
    initial: { total: 0 },
    apply(state, command) {
      if ('explode' in command && command.explode === node) throw new Error('this replica cannot');
      if ('add' in command) state.total += command.add;
      return state.total;
    },
    query(state, query) {
      if (query === 'nonsense') throw new Error('no such query');
      return state.total;
    },
    validate(command) {
      if ('add' in command && !Number.isInteger(command.add)) throw new TypeError('add must be whole');
    },
  });

export const counters = (node: string, name = 'counters') => group(name, multiPaxos(), counterAt(node));
export type Counters = ReturnType<typeof counters>;

/** One node that is all there is. */
export const colocatedOne = colocated(['a']);

/** What became of something observable: its last value, its error, or that it completed. */
export interface Followed<T> {
  value?: T;
  error?: unknown;
  completed: boolean;
}

export const follow = <T>(source$: Observable<T>): Followed<T> => {
  const followed: Followed<T> = { completed: false };
  source$.subscribe({
    next: (value) => {
      followed.value = value;
    },
    error: (error) => {
      followed.error = error;
    },
    complete: () => {
      followed.completed = true;
    },
  });
  return followed;
};

/** Real nodes over the memory transport, in virtual time. */
export class Cluster {
  readonly scheduler = new VirtualScheduler();
  readonly network = new MemoryNetwork();
  readonly storages = new Map<string, MemoryStorage>();
  readonly nodes = new Map<string, { node: Node; counters: Counters }>();

  constructor(
    readonly topology: Topology = colocated(['a', 'b', 'c']),
    readonly tracing: Tracing = 'rules',
  ) {}

  /** Virtual time and seeded chance. */
  time(seed = 1): Part {
    const { scheduler, tracing } = this;
    return part(({ bind }) => {
      bind(SCHEDULER).toConstantValue(scheduler);
      bind(WALL_CLOCK).toConstantValue(scheduler);
      bind(RANDOM).toConstantValue(new SeededRandom(seed));
      bind(TRACING).toConstantValue(tracing);
    });
  }

  /** Makes a node of the usual parts and these, and starts it. */
  add(self: string, ...parts: Part[]): Node {
    let storage = this.storages.get(self);
    if (storage === undefined) this.storages.set(self, (storage = new MemoryStorage()));
    const handle = counters(self);
    const node = createNode(
      { self, cluster: this.topology },
      this.time(self.charCodeAt(0)),
      memoryTransport(this.network),
      memoryStorage(storage),
      handle,
      ...parts,
    );
    this.nodes.set(self, { node, counters: handle });
    const started = follow(node.start$());
    if (started.error !== undefined) throw started.error;
    return node;
  }

  static of(...selves: string[]): Cluster {
    const cluster = new Cluster();
    for (const self of selves.length > 0 ? selves : ['a', 'b', 'c']) cluster.add(self);
    cluster.run(2000);
    return cluster;
  }

  node(self: string): Node {
    return (this.nodes.get(self) as { node: Node }).node;
  }

  client(self: string) {
    const { node, counters: handle } = this.nodes.get(self) as { node: Node; counters: Counters };
    return node.of(handle);
  }

  get leader(): string {
    for (const [self, { node }] of this.nodes)
      if (node.status().state === 'running' && node.status().groups.counters?.leader === self) return self;
    throw new Error('nobody leads');
  }

  get follower(): string {
    for (const self of this.topology.nodes) if (self !== this.leader && this.nodes.has(self)) return self;
    throw new Error('nobody follows');
  }

  run(ms: number): void {
    this.scheduler.runUntil(this.scheduler.now() + ms);
  }
}
