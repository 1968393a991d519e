import { multiPaxos, type ProtocolPart, type ReplicatesStateMachine } from '@synod/core';
import { fastPaxos } from '@synod/fast-paxos';
import { filter } from 'rxjs';
import { Cluster } from './cluster.js';

/** ms from node to node: much longer than a busy machine takes over a message. */
const ONE_WAY = 40;
const TIMES = 9;

interface Took {
  /** ms, the median. */
  readonly ms: number;
  /** The least that the messages of one command, one after another, can have taken. */
  readonly delays: number;
}

const times = async (command: () => Promise<number>): Promise<Took> => {
  const took: number[] = [];
  while (took.length < TIMES) took.push(await command());
  took.sort((a, b) => a - b);
  return { ms: Math.round(took[TIMES >> 1] as number), delays: Math.round((took[0] as number) / ONE_WAY) };
};

/** The same work, whatever the protocol is. */
const measured = async (protocol: ProtocolPart<ReplicatesStateMachine>): Promise<object> => {
  const cluster = await Cluster.start(protocol, ONE_WAY);
  const [one, other] = cluster.others;
  await cluster.opened();
  const alone = await times(() => cluster.timed(one));

  let collisions = 0;
  const counting = cluster.leader.trace$.pipe(filter(({ event }) => event === 'collided')).subscribe(() => collisions++);
  const contested = await times(async () => Math.max(...(await Promise.all([cluster.timed(one), cluster.timed(other)]))));
  counting.unsubscribe();

  await other.stop();
  await cluster.closed();
  const two = await times(() => cluster.timed(one));
  const { fast = false, tolerates = { classic: 1 } } = cluster.status;
  await cluster.stop();
  return {
    'message delays': alone.delays,
    'median ms': alone.ms,
    'two at once, ms': contested.ms,
    collisions: `${collisions} of ${TIMES}`,
    'one node stopped, delays': two.delays,
    'fast then': fast,
    tolerates: JSON.stringify(tolerates),
  };
};

const [classic, fast] = await Promise.all([measured(multiPaxos()), measured(fastPaxos())]);
console.log(`a command from a node that does not lead, ${ONE_WAY} ms from node to node:`);
console.table({ 'Multi-Paxos': classic, 'Fast Paxos': fast });
