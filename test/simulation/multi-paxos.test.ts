import { colocated, createNode, type Group, group, multiPaxos, type ReplicatedClient, stateMachine } from '@synod/core';
import {
  type Append,
  agreement,
  blackouts,
  chosenOnce,
  clockJumps,
  crashes,
  exactlyOnce,
  type Host,
  linearizableList,
  Nemesis,
  type NodeParts,
  oneWayCuts,
  partitions,
  pauses,
  prefixExec,
  RecordingMachine,
  rough,
  simulated,
  Workload,
  World,
} from '@synod/core/simulation';
import { fileStorage } from '@synod/storage-file';
import { describe, expect, test } from 'vitest';

type ListGroup = Group<ReplicatedClient<Append, number, 'count', number>>;

/** Snapshots and truncation within seconds: a history that never forgets tests little. */
const SMALL = { snapshot: { slots: 40, bytes: 1 << 20 }, tail: 10 };

const cluster = (seed: number, size: number) => {
  const ids = 'abcdefg'.slice(0, size).split('');
  const groups = new WeakMap<object, ListGroup>();
  const create = (parts: NodeParts) => {
    const list = group(
      'list',
      multiPaxos(SMALL),
      stateMachine(() => new RecordingMachine(parts.recorder)),
    );
    const storage = fileStorage({ disk: parts.disk, segmentBytes: 16_384 });
    const node = createNode({ self: parts.id, cluster: colocated(ids) }, simulated(parts), storage, list);
    groups.set(node, list);
    return node;
  };
  const invariants = [agreement, chosenOnce, prefixExec, exactlyOnce, linearizableList];
  const world = new World({ seed, nodes: ids, create, network: rough, invariants });
  const client = ({ node }: Host) => node!.of(groups.get(node!)!);
  return { ids, world, client };
};

/** A minute of faults under load; then peace, in which the cluster must come to agree, and serve at every node. */
const history = (seed: number, size: number, chaos = 15_000) => {
  const { ids, world, client } = cluster(seed, size);
  world.boot();
  const workload = new Workload(world, {
    clients: 4,
    nodes: ids,
    append: (host, op) => client(host).submit$({ op }, { deadline: 2000 }),
    read: (host) => client(host).query$('count', { deadline: 2000 }),
    reads: 300,
  });
  const nemesis = new Nemesis(world, { faults: [crashes, crashes, blackouts, partitions, oneWayCuts, pauses, clockJumps] });
  world.runFor(chaos);
  nemesis.stop();
  world.heal();
  world.runFor(5000);
  workload.stop();
  for (const id of ids) workload.append(id);
  const probes = workload.operations.slice(-ids.length).map(({ id }) => id);
  const settled = world.runUntil(() => workload.pending === 0 && world.agrees(), 20_000);
  const state = ids.map((id) => `${id}: ${JSON.stringify(world.host(id).replica)} ${JSON.stringify(world.host(id).node?.status().groups)}`);
  if (!settled) throw new Error(`seed ${seed}: no convergence, ${workload.pending} pending\n${state.join('\n')}`);
  for (const id of probes) expect(workload.operations.find((one) => one.id === id)?.outcome, `seed ${seed}, ${id}`).toBe('done');
  world.conclude();
  return { world, workload, nemesis };
};

describe('Multi-Paxos in virtual time', () => {
  test.each([1, 2, 3, 4, 5])('the same seed gives the same history on %i nodes', (size) => {
    const [one, two] = [history(7, size, 5000), history(7, size, 5000)];
    expect(one.world.trace.hash).toBe(two.world.trace.hash);
    expect(one.workload.count('done')).toBeGreaterThan(50);
  });

  test('two hundred histories of three and of five nodes hold every invariant', () => {
    const total = { done: 0, unknown: 0, events: 0, delivered: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const { world, workload } = history(seed, seed % 3 === 2 ? 5 : 3, 6000);
      total.done += workload.count('done');
      total.unknown += workload.count('unknown');
      total.events += world.scheduler.executed;
      total.delivered += world.network.counts.delivered;
    }
    console.log(total);
    expect(total.unknown).toBeGreaterThan(100);
  }, 240_000);
});
