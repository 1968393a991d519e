import { LastEvents, multiPaxosPhrases, type TracedEvent, transcriptOf } from '@synod/core';
import {
  allFaults,
  between,
  blackouts,
  clockJumps,
  crashes,
  describeProgress,
  type Fault,
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

/** What happens beyond the seed. */
interface Course {
  readonly seed: number;
  readonly size: number;
  /** ms of faults. */
  readonly chaos: number;
  readonly setting: Partial<ClusterSetting>;
  readonly faults: readonly Fault[];
}

/** Faults that every deployment sees. */
const COMMON = [crashes, crashes, blackouts, slowDisks, partitions, oneWayCuts, pauses, clockJumps];

const lived = ({ seed, size, chaos, setting, faults }: Course, listen?: Listen) => {
  const { ids, world, clients, counts } = cluster({ seed, size, settings: SMALL, network: rough, ...setting });
  world.trace.sink = listen;
  world.boot();
  const workload = clients({ reads: 300, deadline: 2000, nodes: world.options.nodes });
  const plan = planFaults(world.random.split('plan'), { faults, duration: chaos, pause: between(20, 1000), lasts: between(20, 2500) });
  const nemesis = new Nemesis(world, faults, plan);
  world.runFor(chaos);
  nemesis.stop();
  world.heal();
  world.runFor(2500);
  workload.stop();
  const probes = world.options.nodes.map((id) => workload.ask(id));
  const settled = world.runUntil(() => workload.pending === 0 && world.agrees(ids), 20_000);
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
export const history = (
  seed: number,
  size: number,
  chaos = 15_000,
  setting: Partial<ClusterSetting> = {},
  faults: readonly Fault[] = COMMON,
) => {
  const course = { seed, size, chaos, setting, faults };
  try {
    return lived(course);
  } catch (error) {
    if (error instanceof Error) error.message += ending((listen) => lived(course, listen), error);
    throw error;
  }
};

/** The same under everything that can go wrong, with a node outside the cluster among those that are asked. */
export const everything = (seed: number, size: number, chaos = 8000) => history(seed, size, chaos, { others: ['x'] }, allFaults);
