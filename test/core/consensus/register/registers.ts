import {
  colocated,
  createNode,
  group,
  MemoryNetwork,
  MemoryStorage,
  memoryStorage,
  memoryTransport,
  type Node,
  type Quorums,
  quorums,
  RANDOM,
  type RegisterClient,
  type RegisterSettings,
  register,
  reject,
  SCHEDULER,
  type Topology,
  TRACING,
  WALL_CLOCK,
} from '@synod/core';
import { SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import { follow, type Part, part } from '../../node/cluster.js';

export interface Count {
  n: number;
}

export const plus =
  (by: number) =>
  (state: Count | undefined): Count => ({ n: (state?.n ?? 0) + by });

const settingsGroup = (settings: RegisterSettings, rule: Quorums | undefined) =>
  group(
    'settings',
    register<Count>({
      ...settings,
      changes: {
        increment: (state, by: number) => plus(by)(state),
        decrement: (state, by: number) => ((state?.n ?? 0) < by ? reject('too little') : plus(-by)(state)),
      },
      queries: { twice: (state) => 2 * (state?.n ?? 0) },
    }),
    ...(rule === undefined ? [] : [quorums(rule)]),
  );

/** Real nodes over the memory transport, in virtual time, with one group of registers. */
export class Registers {
  readonly scheduler = new VirtualScheduler();
  readonly network = new MemoryNetwork();
  readonly storages = new Map<string, MemoryStorage>();
  readonly nodes = new Map<string, { node: Node; client: RegisterClient<Count> }>();
  #seed = 0;

  constructor(
    readonly topology: Topology = colocated(['a', 'b', 'c']),
    private readonly settings: RegisterSettings = {},
    private readonly rule?: Quorums,
  ) {}

  static of(...selves: string[]): Registers {
    const registers = new Registers();
    for (const self of selves.length > 0 ? selves : ['a', 'b', 'c']) registers.add(self);
    registers.run(1000);
    return registers;
  }

  add(self: string, ...parts: Part[]): Node {
    let storage = this.storages.get(self);
    if (storage === undefined) this.storages.set(self, (storage = new MemoryStorage()));
    const handle = settingsGroup(this.settings, this.rule);
    const world = part(({ bind }) => {
      bind(SCHEDULER).toConstantValue(this.scheduler);
      bind(WALL_CLOCK).toConstantValue(this.scheduler);
      bind(RANDOM).toConstantValue(new SeededRandom(++this.#seed));
      bind(TRACING).toConstantValue('rules');
    });
    const stored = this.topology.nodes.includes(self) ? [memoryStorage(storage)] : [];
    const node = createNode({ self, cluster: this.topology }, world, memoryTransport(this.network), ...stored, handle, ...parts);
    this.nodes.set(self, { node, client: node.of(handle) });
    const started = follow(node.start$());
    if (started.error !== undefined) throw started.error;
    return node;
  }

  stop(self: string): void {
    follow(this.node(self).stop$());
  }

  node(self: string): Node {
    return (this.nodes.get(self) as { node: Node }).node;
  }

  client(self: string): RegisterClient<Count> {
    return (this.nodes.get(self) as { client: RegisterClient<Count> }).client;
  }

  status(self: string): Readonly<Record<string, unknown>> {
    return this.node(self).status().groups.settings as Readonly<Record<string, unknown>>;
  }

  run(ms: number): void {
    this.scheduler.runUntil(this.scheduler.now() + ms);
  }
}
