import {
  between,
  blackouts,
  clockJumps,
  crashes,
  Nemesis,
  oneWayCuts,
  partitions,
  pauses,
  planFaults,
  rough,
  slowDisks,
} from '@synod/core/simulation';
import { type ClusterSetting, cluster } from './cluster.js';

/** Snapshots and truncation within seconds: a history that never forgets tests little. */
const SMALL = { snapshot: { slots: 40, bytes: 1 << 20 }, tail: 10 };

/** `chaos` ms of faults under load; then peace, in which the cluster must come to agree, and serve at every node. */
export const history = (seed: number, size: number, chaos = 15_000, setting: Partial<ClusterSetting> = {}) => {
  const { ids, world, clients, counts } = cluster({ seed, size, settings: SMALL, network: rough, ...setting });
  world.boot();
  const workload = clients({ reads: 300, deadline: 2000 });
  const faults = [crashes, crashes, blackouts, slowDisks, partitions, oneWayCuts, pauses, clockJumps];
  const plan = planFaults(world.random.split('plan'), { faults, duration: chaos, pause: between(20, 1000), lasts: between(20, 2500) });
  const nemesis = new Nemesis(world, faults, plan);
  world.runFor(chaos);
  nemesis.stop();
  world.heal();
  world.runFor(2500);
  workload.stop();
  const probes = ids.map((id) => workload.ask(id));
  const settled = world.runUntil(() => workload.pending === 0 && world.agrees(), 20_000);
  const failed = workload.operations.filter(({ id, outcome }) => probes.includes(id) && outcome !== 'done');
  if (!settled || failed.length > 0) {
    const nodes = ids.map((id) => `${id}: ${JSON.stringify(world.host(id).replica)} ${JSON.stringify(world.host(id).node?.status())}`);
    throw new Error(`seed ${seed}, ${size} nodes: no service after the faults\n${nodes.join('\n')}\n${JSON.stringify(failed)}`);
  }
  world.conclude();
  return { world, workload, nemesis, restored: counts.restored };
};
