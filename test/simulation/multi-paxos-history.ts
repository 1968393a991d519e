import { LastEvents, multiPaxosPhrases, type TracedEvent, transcriptOf } from '@synod/core';
import {
  between,
  blackouts,
  clockJumps,
  crashes,
  describeProgress,
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

type Listen = (event: TracedEvent) => void;

const lived = (seed: number, size: number, chaos: number, setting: Partial<ClusterSetting>, listen?: Listen) => {
  const { ids, world, clients, counts } = cluster({ seed, size, settings: SMALL, network: rough, ...setting });
  world.trace.sink = listen;
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
    const nodes = describeProgress(world.hosts.values()).join('\n');
    throw new Error(`seed ${seed}, ${size} nodes: no service after the faults\n${nodes}\n${JSON.stringify(failed)}`);
  }
  world.conclude();
  return { world, workload, nemesis, restored: counts.restored };
};

/** So many of the last lines of its story a failure tells. */
const LINES_TOLD = 60;

/** How a history that fails came to its end: it is lived again, and listened to. */
const ending = (live: (listen: Listen) => unknown, failure: Error): string => {
  const last = new LastEvents(5000);
  const { message } = failure;
  try {
    live(last.push);
  } catch (again) {
    if (!(again instanceof Error) || again.message !== message) return '\nlived again, it ended in another way';
    return ['\nhow it came to that:', ...transcriptOf(last, { phrasebook: multiPaxosPhrases }).slice(-LINES_TOLD)].join('\n');
  }
  return '\nlived again, it did not fail';
};

/**
 * `chaos` ms of faults under load; then peace, in which the cluster must come to agree, and serve at every node. If that fails, the
 * error also tells the end of the story.
 */
export const history = (seed: number, size: number, chaos = 15_000, setting: Partial<ClusterSetting> = {}) => {
  try {
    return lived(seed, size, chaos, setting);
  } catch (error) {
    if (error instanceof Error) error.message += ending((listen) => lived(seed, size, chaos, setting, listen), error);
    throw error;
  }
};
