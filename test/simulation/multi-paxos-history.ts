import { colocated, createNode, type Group, group, multiPaxos, type ReplicatedClient, stateMachine } from '@synod/core';
import {
  type Append,
  agreement,
  between,
  blackouts,
  chosenOnce,
  clockJumps,
  crashes,
  exactlyOnce,
  type Host,
  type Invariant,
  linearizableList,
  Nemesis,
  type NodeParts,
  oneValuePerBallot,
  oneWayCuts,
  partitions,
  pauses,
  prefixExec,
  RecordingMachine,
  rough,
  simulated,
  slowDisks,
  voteGuard,
  Workload,
  World,
} from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';

type ListGroup = Group<ReplicatedClient<Append, number, 'count', number>>;

/** Snapshots and truncation within seconds: a history that never forgets tests little. */
const SMALL = { snapshot: { slots: 40, bytes: 1 << 20 }, tail: 10 };

export const cluster = (seed: number, size: number) => {
  const ids = 'abcdefg'.slice(0, size).split('');
  const counts = { restored: 0 };
  const groups = new WeakMap<object, ListGroup>();
  const create = (parts: NodeParts) => {
    const list = group(
      'list',
      multiPaxos(SMALL),
      stateMachine(() => new RecordingMachine(parts.recorder)),
    );
    const storage = logStorage({ disk: parts.disk, segmentBytes: 16_384 });
    const node = createNode({ self: parts.id, cluster: colocated(ids) }, simulated(parts), storage, list);
    groups.set(node, list);
    return node;
  };
  const restored: Invariant = { name: 'restored', watch: () => ({ restored: () => counts.restored++ }) };
  const invariants = [restored, agreement, chosenOnce, oneValuePerBallot, voteGuard, prefixExec, exactlyOnce, linearizableList];
  const world = new World({ seed, nodes: ids, create, network: rough, invariants });
  const client = ({ node }: Host) => node!.of(groups.get(node!)!);
  return { ids, world, client, counts };
};

/** `chaos` ms of faults under load; then peace, in which the cluster must come to agree, and serve at every node. */
export const history = (seed: number, size: number, chaos = 15_000, look?: (world: World) => void) => {
  const { ids, world, client, counts } = cluster(seed, size);
  look?.(world);
  world.boot();
  const workload = new Workload(world, {
    clients: 4,
    nodes: ids,
    append: (host, op) => client(host).submit$({ op }, { deadline: 2000 }),
    read: (host) => client(host).query$('count', { deadline: 2000 }),
    reads: 300,
    think: between(0, 50),
  });
  const faults = [crashes, crashes, blackouts, slowDisks, partitions, oneWayCuts, pauses, clockJumps];
  const nemesis = new Nemesis(world, { faults, pause: between(20, 1000), duration: between(20, 2500) });
  world.runFor(chaos);
  nemesis.stop();
  world.heal();
  world.runFor(2500);
  workload.stop();
  for (const id of ids) workload.append(id);
  const probes = workload.operations.slice(-ids.length).map(({ id }) => id);
  const settled = world.runUntil(() => workload.pending === 0 && world.agrees(), 20_000);
  const failed = workload.operations.filter(({ id, outcome }) => probes.includes(id) && outcome !== 'done');
  if (!settled || failed.length > 0) {
    const nodes = ids.map((id) => `${id}: ${JSON.stringify(world.host(id).replica)} ${JSON.stringify(world.host(id).node?.status())}`);
    throw new Error(`seed ${seed}, ${size} nodes: no service after the faults\n${nodes.join('\n')}\n${JSON.stringify(failed)}`);
  }
  world.conclude();
  return { world, workload, nemesis, restored: counts.restored };
};
