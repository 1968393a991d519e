import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, type ReplicatedClient, startNode, UnknownOutcomeError } from '@synod/core';
import { type Child, freePlaces, Leadership, type Stage } from '@synod/example-processes';
import { zmqTransport } from '@synod/transport-zmq';
import { compose } from './composition.js';
import { type Deployment, LEADER } from './deployments.js';
import type { NodeSettings, Report, Words } from './node.js';

const COMMANDS = 5;

type Client = ReplicatedClient<{ add: number }, number, 'total', number>;

/** Starts each node of a deployment as a process, loses what may be lost, and brings it back. Commands come from a client node. */
export const play = async (stage: Stage, name: string, deployment: Deployment): Promise<void> => {
  const { cluster, counters } = compose(deployment);
  const places = await freePlaces(cluster.nodes);
  const leadership = new Leadership();
  const nodes = new Map<string, Child<Words>>();
  const start = (self: string): Promise<unknown> => {
    const settings: NodeSettings = { deployment: name, self, ...places, directory: join(stage.directory, self) };
    const node = stage.start<Words>(`node ${self}`, new URL('node.js', import.meta.url), settings, (word) => {
      if (word.is === 'leading') leadership.hear(self, word);
    });
    nodes.set(self, node);
    return node.hears('running');
  };

  await Promise.all(cluster.nodes.map(start));
  stage.tell(`${cluster.nodes.length} nodes run, each a process; ${await leadership.otherThan()} leads`);
  // Outside the topology: it proposes, and has neither port nor storage.
  const outside = await startNode({ self: 'client', cluster }, zmqTransport({ doors: places.doors }), counters);
  const client = outside.of(counters);
  let total = await addAll(client);
  stage.tell(`a client node outside the topology has added 1 ${COMMANDS} times: ${total}`);

  const leader = await leadership.otherThan();
  const lost = deployment.loses.map((node) => (node === LEADER ? leader : node));
  await Promise.all(lost.map((node) => (nodes.get(node) as Child<Words>).kill()));
  stage.tell(`${lost.join(', ')} killed (SIGKILL)${lost.includes(leader) ? `: ${leader} led` : ''}`);
  total = await addAll(client);
  stage.tell(`the client has added 1 ${COMMANDS} times more: ${total}; ${await leadership.otherThan(...lost)} leads`);

  await Promise.all(lost.map(start));
  stage.tell(`${lost.join(', ')} started again`);
  total = await addAll(client);
  if (total !== 3 * COMMANDS) throw new Error(`the total is ${total} after ${3 * COMMANDS} commands: that must not be`);
  const learners = cluster.playing('learner');
  const reports = await caughtUp(learners.map((node) => nodes.get(node) as Child<Words>));
  stage.tell(`and ${COMMANDS} times more: ${total}; every learner has executed that: ${learners.join(', ')}`);
  const asked = learners.filter((_, i) => reports[i]?.total === total);
  if (asked.length > 0) stage.tell(`asked for what their own replicas hold, ${asked.join(', ')} answer ${total}`);
  await outside.stop();
  await Promise.all([...nodes.values()].map((node) => node.stop()));
};

const addAll = async (client: Client): Promise<number> => {
  let total = 0;
  for (let i = 0; i < COMMANDS; i++) total = await add(client);
  return total;
};

/** As long as it takes: whoever plays this has a limit. */
const add = async (client: Client): Promise<number> => {
  let attempt = () => client.submit({ add: 1 });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof UnknownOutcomeError) attempt = () => (error as UnknownOutcomeError<number>).retry();
      else if (!(error instanceof RefusedError)) throw error;
    }
  }
};

/** Resolves with what learners report once all have executed the same. */
const caughtUp = async (learners: readonly Child<Words>[]): Promise<readonly Report[]> => {
  for (;;) {
    const reports = await Promise.all(learners.map(reportOf));
    if (new Set(reports.map(({ applied }) => applied)).size === 1) return reports;
    await sleep(50);
  }
};

const reportOf = (learner: Child<Words>): Promise<Report> => {
  const report = learner.hears('report');
  learner.say({});
  return report;
};
