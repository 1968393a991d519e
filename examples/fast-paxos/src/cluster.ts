import {
  colocated,
  type Group,
  group,
  MemoryNetwork,
  memoryStorage,
  memoryTransport,
  type ProtocolPart,
  type ReplicatedClient,
  type ReplicatesStateMachine,
  type RunningNode,
  startNode,
  state,
  TRACING,
} from '@synod/core';
import { ContainerModule } from 'inversify';
import { filter, firstValueFrom } from 'rxjs';
import { farAway } from './far-away.js';

type Counters = Group<ReplicatedClient<number, number>>;

const counter = state({
  initial: { total: 0 },
  apply: (sum, add: number) => (sum.total += add),
  query: (sum) => sum.total,
});

/** What the rules of a role do is told on `trace$`. */
const traced = new ContainerModule(({ bind }) => {
  bind(TRACING).toConstantValue('rules');
});

/** Three nodes far from each other: one leads, and commands come from another. */
export class Cluster {
  private constructor(
    private readonly counters: Counters,
    readonly leader: RunningNode,
    readonly others: readonly [RunningNode, RunningNode],
  ) {}

  /** Resolves when somebody leads, and the node that commands come from knows of it. */
  static async start(protocol: ProtocolPart<ReplicatesStateMachine>, oneWay: number): Promise<Cluster> {
    const counters: Counters = group('counters', protocol, counter);
    const cluster = colocated(['a', 'b', 'c']);
    const network = new MemoryNetwork();
    const start = (self: string) =>
      startNode({ self, cluster }, memoryTransport(network), memoryStorage(), farAway(oneWay), traced, counters);
    const nodes = await Promise.all(cluster.nodes.map(start));
    await nodes[0]!.of(counters).submit(0);
    const leads = (node: RunningNode): boolean => node.status().groups.counters?.phase === 'active';
    const [leader] = nodes.filter(leads) as [RunningNode];
    const others = nodes.filter((node) => node !== leader) as [RunningNode, RunningNode];
    for (const node of others) await node.of(counters).submit(0);
    return new Cluster(counters, leader, others);
  }

  /** ms until the node has the result. */
  async timed(node: RunningNode): Promise<number> {
    const begun = performance.now();
    await node.of(this.counters).submit(1);
    return performance.now() - begun;
  }

  /** What the leader shows of itself. */
  get status(): Readonly<Record<string, unknown>> {
    return this.leader.status().groups.counters ?? {};
  }

  /** Resolves once proposers may go straight to the acceptors; at once where they never do. */
  opened(): Promise<void> {
    return this.#until(true);
  }

  /** Resolves once they may not any longer. */
  closed(): Promise<void> {
    return this.#until(false);
  }

  async stop(): Promise<void> {
    await Promise.all([this.leader, ...this.others].map((node) => node.stop()));
  }

  async #until(fast: boolean): Promise<void> {
    if (this.status.tolerates === undefined) return;
    await firstValueFrom(this.leader.status$.pipe(filter(({ groups }) => groups.counters?.fast === fast)));
  }
}
