import { ContainerModule } from 'inversify';
import { multiPaxos } from '../../consensus/multi-paxos/protocol.js';
import { memoryStorage } from '../../node/memory-parts.js';
import type { RunningNode } from '../../node/node.js';
import { startNode } from '../../node/start-node.js';
import { MemoryStorage } from '../../storage/memory-storage.js';
import { group, state } from '../../wiring/group.js';
import { TRANSPORT } from '../../wiring/tokens.js';
import { colocated, type Topology } from '../../wiring/topology.js';
import { check } from '../check.js';
import type { Cases, Trial } from './trial.js';

const counters = () =>
  group(
    'counters',
    // Messages that any transport can carry.
    multiPaxos({ commandBytes: 1_024, batchBytes: 4_096, resultBytes: 1_024 }),
    state({
      initial: { total: 0 },
      apply: (value, command: { add: number }) => {
        value.total += command.add;
        return value.total;
      },
      query: (value, _query: 'total') => value.total,
    }),
  );

/** The nodes of a deployment over the network of a trial. */
class Deployment {
  readonly counters = counters();
  readonly #running = new Set<RunningNode>();

  constructor(
    readonly trial: Trial,
    readonly cluster: Topology,
    readonly name: string,
    readonly deadline: number,
  ) {}

  async start(self: string, storage?: MemoryStorage, foreign?: string): Promise<RunningNode> {
    const transport = new ContainerModule(({ bind }) => {
      bind(TRANSPORT).toConstantValue(this.trial.network.transport(self, foreign));
    });
    const parts = storage ? [memoryStorage(storage), this.counters] : [this.counters];
    const node = await startNode({ self, cluster: this.cluster, name: foreign ?? this.name }, transport, ...parts);
    this.#running.add(node);
    return node;
  }

  async stop(node: RunningNode): Promise<void> {
    this.#running.delete(node);
    await this.trial.waiting.end(`node ${node.id} stops`, () => node.stop());
  }

  async stopAll(): Promise<void> {
    for (const node of [...this.#running]) await this.stop(node);
  }

  add(node: RunningNode, add: number): Promise<number> {
    return node.of(this.counters).submit({ add }, { deadline: this.deadline });
  }

  total(node: RunningNode): Promise<number> {
    return node.of(this.counters).query('total', { deadline: this.deadline });
  }
}

export const deploymentCases = (cases: Cases): void => {
  const cluster = 'conformance';
  const clients = cases.subject.capabilities.clients ? ['shop'] : [];

  cases.rule('carries a deployment of three nodes, one of which starts again', { cluster, clients }, async (trial) => {
    const deployment = new Deployment(trial, colocated(['a', 'b', 'c']), cluster, cases.patience);
    try {
      const storages = [new MemoryStorage(), new MemoryStorage(), new MemoryStorage()] as const;
      const [a, b, c] = (await Promise.all((['a', 'b', 'c'] as const).map((node, i) => deployment.start(node, storages[i])))) as [
        RunningNode,
        RunningNode,
        RunningNode,
      ];
      let sum = 0;
      const addAt = async (...nodes: RunningNode[]): Promise<void> => {
        for (const node of nodes) {
          sum += 1;
          const total = await deployment.add(node, 1);
          check(total === sum, `commands are executed exactly once: ${node.id} was told ${total} and not ${sum}`);
        }
      };
      await addAt(a, b, c);
      await deployment.stop(c);
      // At once: at first boot no node leads before every acceptor has it on record, this one too.
      const again = await deployment.start('c', storages[2]);
      await addAt(again, a, b);
      if (clients.length > 0) await addAt(await deployment.start('shop'));
      const total = await deployment.total(again);
      check(total === sum, `a node that started again reads ${total} and not ${sum}`);
    } finally {
      await deployment.stopAll();
    }
  });

  cases.rule('keeps a deployment unharmed by a node of another', { cluster }, async (trial) => {
    const ours = new Deployment(trial, colocated(['a', 'b']), cluster, cases.patience);
    const theirs = new Deployment(trial, colocated(['a', 'b', 'c']), cluster, 500);
    try {
      const a = await ours.start('a', new MemoryStorage());
      const foreign = await theirs.start('c', new MemoryStorage(), 'another-deployment');
      const refused = theirs.add(foreign, 1_000).then(
        () => false,
        () => true,
      );
      const b = await ours.start('b', new MemoryStorage());
      check((await ours.add(a, 1)) === 1, 'the first command of a deployment finds its initial state');
      check((await ours.add(b, 1)) === 2, 'a node of another deployment changes nothing');
      check(await refused, 'a node of another deployment was answered');
      check((await ours.total(b)) === 2, 'a node of another deployment changed the state');
    } finally {
      await theirs.stopAll();
      await ours.stopAll();
    }
  });
};
