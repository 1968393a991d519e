import { createNode } from '@synod/core';
import { type NodeWords, type Places, serve, settingsOf, tell } from '@synod/example-processes';
import { fileStorage } from '@synod/storage-file';
import { zmqTransport } from '@synod/transport-zmq';
import { compose } from './composition.js';
import { DEPLOYMENTS, type Deployment } from './deployments.js';

/** What a node process is told at its start. */
export interface NodeSettings extends Places {
  readonly deployment: string;
  readonly self: string;
  readonly directory: string;
}

/** `applied`: the slots that it has executed, if it is a learner. `total`: what it answers from its own replica, if it can be asked. */
export interface Report {
  readonly is: 'report';
  readonly applied?: number;
  readonly total?: number;
}

export type Words = NodeWords | Report;

const { deployment, self, peers, doors, directory } = settingsOf<NodeSettings>();
const { cluster, counters } = compose(DEPLOYMENTS[deployment] as Deployment);
const node = createNode(
  { self, cluster },
  zmqTransport({ bind: peers[self] as string, peers, door: doors[self] as string }),
  fileStorage({ directory }),
  counters,
);

const report = async (): Promise<void> => {
  const { applied } = node.status().groups.counters as { applied?: number };
  const answers = cluster.plays(self, 'proposer') && cluster.plays(self, 'learner');
  const total = answers ? await node.of(counters).query('total', { consistency: 'local' }) : undefined;
  tell({ is: 'report', ...(applied !== undefined && { applied }), ...(total !== undefined && { total }) } satisfies Words);
};

process.on('message', () => void report());
serve(node);
