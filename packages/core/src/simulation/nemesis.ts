import { between, type Delay } from './delay.js';
import type { Fault } from './faults/fault.js';
import type { SeededRandom } from './seeded-random.js';
import type { World } from './world.js';

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
