import {
  colocated,
  createNode,
  group,
  MemoryNetwork,
  MemoryStorage,
  memoryStorage,
  memoryTransport,
  type Node,
  type ProtocolPart,
  type Quorums,
  quorums,
  RANDOM,
  SCHEDULER,
  type SynodClient,
  type SynodSettings,
  synod,
  type Topology,
  WALL_CLOCK,
} from '@synod/core';
import { SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import { follow, type Part, part } from '../node/cluster.js';

/** Real nodes of one decree over the memory transport, in virtual time. */
export class Decree {
  readonly scheduler = new VirtualScheduler();
  readonly network = new MemoryNetwork();
  readonly #storages = new Map<string, MemoryStorage>();
  readonly #nodes = new Map<string, { readonly node: Node; readonly client: SynodClient<string> }>();
  #lives = 0;

  constructor(
    readonly topology: Topology = colocated(['a', 'b', 'c']),
    settings: SynodSettings<string> = {},
    private readonly rule?: Quorums,
    private readonly protocol: () => ProtocolPart<SynodClient<string>> = () => synod(settings),
  ) {
    for (const node of topology.nodes) this.start(node);
    this.run(1000);
  }

  /** A life of this node, on the data that it has; a node that is not in the topology comes as a client. */
  start(self: string): void {
    let storage = this.#storages.get(self);
    if (storage === undefined) this.#storages.set(self, (storage = new MemoryStorage()));
    const { rule } = this;
    const decree = group('leader-of-the-day', this.protocol(), ...(rule === undefined ? [] : [quorums(rule)]));
    const parts = [this.#time(), memoryTransport(this.network), memoryStorage(storage)];
    const node = createNode({ self, cluster: this.topology }, ...parts, decree);
    this.#nodes.set(self, { node, client: node.of(decree) });
    const started = follow(node.start$());
    if (started.error !== undefined) throw started.error;
  }

  stop(...nodes: string[]): void {
    for (const self of nodes) follow(this.node(self).stop$());
    this.run(10);
  }

  restart(...nodes: string[]): void {
    this.stop(...nodes);
    for (const self of nodes) this.start(self);
    this.run(1000);
  }

  /** The node's data is gone. */
  wipe(self: string): void {
    this.stop(self);
    this.#storages.delete(self);
    this.start(self);
    this.run(1000);
  }

  node(self: string): Node {
    return (this.#nodes.get(self) as { readonly node: Node }).node;
  }

  client(self: string): SynodClient<string> {
    return (this.#nodes.get(self) as { readonly client: SynodClient<string> }).client;
  }

  status(self: string) {
    return this.node(self).status().groups['leader-of-the-day'];
  }

  run(ms: number): void {
    this.scheduler.runUntil(this.scheduler.now() + ms);
  }

  #time(): Part {
    const { scheduler } = this;
    return part(({ bind }) => {
      bind(SCHEDULER).toConstantValue(scheduler);
      bind(WALL_CLOCK).toConstantValue(scheduler);
      bind(RANDOM).toConstantValue(new SeededRandom(++this.#lives));
    });
  }
}
