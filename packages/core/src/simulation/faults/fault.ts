import type { ContainerModule } from 'inversify';
import type { Delay } from '../delay.js';
import type { NodeParts } from '../host.js';
import type { SeededRandom } from '../seeded-random.js';
import type { World } from '../world.js';

export type FaultKind = 'network' | 'disk' | 'process' | 'client';

/** Something that goes wrong for a while. Faults overlap: each begins and ends soundly whatever the others do. */
export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** What every life of a node must be wired with for it. */
  readonly parts?: (life: NodeParts) => readonly ContainerModule[];
  /** Begins it, and returns what ends it; undefined if it cannot happen now. */
  begin(world: World, random: SeededRandom): (() => void) | undefined;
}

/** Does `act` again and again, each time after `pause`, until what it returns is called. */
export const repeatedly = (world: World, random: SeededRandom, pause: Delay, act: () => void): (() => void) => {
  let going = true;
  const next = (): void => {
    world.scheduler.schedule(() => {
      if (!going) return;
      act();
      next();
    }, pause(random));
  };
  next();
  return () => {
    going = false;
  };
};

/** Ends several things, as one. */
export const all =
  (ends: readonly (() => void)[]): (() => void) =>
  () => {
    for (const end of ends) end();
  };
