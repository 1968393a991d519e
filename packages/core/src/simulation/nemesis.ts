import { between, type Delay } from './delay.js';
import { quickDisk } from './disk.js';
import type { SeededRandom } from './seeded-random.js';
import type { World } from './world.js';

export type FaultKind = 'network' | 'disk' | 'process' | 'client';

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** Begins it, and returns what ends it; undefined if it cannot happen now. */
  begin(world: World, random: SeededRandom): (() => void) | undefined;
}

/** A node dies by a power cut, and boots again. */
export const crashes: Fault = {
  name: 'crash',
  kind: 'process',
  begin: (world, random) => {
    const { up } = world;
    if (up.length === 0) return undefined;
    const id = random.pick(up);
    world.crash(id, random.pick(['power cut', 'power cut', 'kill']));
    return () => world.restart(id);
  },
};

/** All nodes die in the same instant. */
export const blackouts: Fault = {
  name: 'blackout',
  kind: 'process',
  begin: (world) => {
    const { up } = world;
    for (const id of up) world.crash(id);
    return () => {
      for (const id of up) world.restart(id);
    };
  },
};

/** The network falls into two parts. */
export const partitions: Fault = {
  name: 'partition',
  kind: 'network',
  begin: (world, random) => {
    const nodes = random.shuffle(world.options.nodes);
    if (nodes.length < 2) return undefined;
    const cut = random.between(1, nodes.length - 1);
    const here = nodes.slice(0, cut);
    const there = nodes.slice(cut);
    world.network.partition(here, there);
    return () => world.network.unite(here, there);
  },
};

/** Some links carry nothing in one direction. */
export const oneWayCuts: Fault = {
  name: 'one-way cut',
  kind: 'network',
  begin: (world, random) => {
    const { nodes } = world.options;
    if (nodes.length < 2) return undefined;
    const links = random.shuffle(nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => [from, to] as const)));
    const cut = links.slice(0, random.between(1, Math.ceil(links.length / 2)));
    for (const [from, to] of cut) world.network.cut(from, to);
    return () => {
      for (const [from, to] of cut) world.network.mend(from, to);
    };
  },
};

/** A node stands still, as for a long garbage collection, and goes on without knowing. */
export const pauses: Fault = {
  name: 'pause',
  kind: 'process',
  begin: (world, random) => {
    const { up } = world;
    if (up.length === 0) return undefined;
    world.pause(random.pick(up), random.between(10, 2000));
    return () => {};
  },
};

/** A machine's clock jumps by up to a minute, either way. */
export const clockJumps: Fault = {
  name: 'clock jump',
  kind: 'process',
  begin: (world, random) => {
    const host = world.host(random.pick(world.options.nodes));
    host.clockOffset += random.between(-60_000, 60_000);
    return () => {};
  },
};

/** The disks of some nodes take up to a fifth of a second for what a crash must not lose. */
export const slowDisks: Fault = {
  name: 'slow disk',
  kind: 'disk',
  begin: (world, random) => {
    const { nodes, disk = quickDisk } = world.options;
    const slow = random.shuffle(nodes).slice(0, random.between(1, nodes.length));
    const sync = between(5, random.between(10, 200));
    for (const id of slow) world.host(id).disk.latency = { ...disk, sync };
    return () => {
      for (const id of slow) world.host(id).disk.latency = disk;
    };
  },
};

export const allFaults: readonly Fault[] = [crashes, blackouts, pauses, clockJumps, slowDisks, partitions, oneWayCuts];

/** A fault that is going to happen. Plain data: a plan can be kept, thinned out and played again. */
export interface PlannedFault {
  /** What it does beyond its name is drawn from the seed and this number, whatever else is in the plan. */
  readonly number: number;
  readonly fault: string;
  /** When it begins, ms after the nemesis does. */
  readonly at: number;
  /** ms. */
  readonly lasts: number;
}

export interface PlanOptions {
  readonly faults: readonly Fault[];
  /** How long faults begin, ms. */
  readonly duration: number;
  /** From one fault to the next; 50 to 1500 ms unless said. */
  readonly pause?: Delay;
  /** How long a fault lasts; 50 to 3000 ms unless said. */
  readonly lasts?: Delay;
}

/** Draws which faults happen, when, and for how long: one after another and over one another. */
export const planFaults = (random: SeededRandom, options: PlanOptions): readonly PlannedFault[] => {
  const { faults, duration, pause = between(50, 1500), lasts = between(50, 3000) } = options;
  const plan: PlannedFault[] = [];
  if (faults.length === 0) return plan;
  for (let at = pause(random); at < duration; at += pause(random))
    plan.push({ number: plan.length, fault: random.pick(faults).name, at, lasts: lasts(random) });
  return plan;
};

/** Lets the faults of a plan happen, and ends them. */
export class Nemesis {
  /** How often each fault began. */
  readonly counts: Record<string, number> = {};
  readonly #random: SeededRandom;
  readonly #ending = new Set<() => void>();
  #running = true;

  /** `faults`: all that the plan names. */
  constructor(
    private readonly world: World,
    faults: readonly Fault[],
    plan: readonly PlannedFault[],
  ) {
    this.#random = world.random.split('nemesis');
    for (const planned of plan) {
      const fault = faults.find(({ name }) => name === planned.fault);
      if (fault === undefined)
        throw new Error(`the plan has the fault ${JSON.stringify(planned.fault)}; there are ${faults.map(({ name }) => name).join(', ')}`);
      world.scheduler.schedule(() => this.#begin(fault, planned), planned.at);
    }
  }

  /** No new fault begins, and those that last end now. */
  stop(): void {
    this.#running = false;
    for (const end of this.#ending) end();
    this.#ending.clear();
  }

  #begin(fault: Fault, { number, lasts }: PlannedFault): void {
    if (!this.#running) return;
    const end = fault.begin(this.world, this.#random.split(`fault ${number}`));
    if (end === undefined) return;
    this.counts[fault.name] = (this.counts[fault.name] ?? 0) + 1;
    const told = { fault: fault.name, number };
    this.world.trace.record('fault begun', '*', fault.name, number, told);
    const ending = (): void => {
      end();
      this.world.trace.record('fault ended', '*', fault.name, number, told);
    };
    this.#ending.add(ending);
    this.world.scheduler.schedule(() => {
      if (this.#ending.delete(ending)) ending();
    }, lasts);
  }
}
