import { interruptible } from '../parts.js';
import type { Fault } from './fault.js';

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

/** A node dies in the middle of what it does: between two frames, or with a sync done of which nobody heard yet. */
export const interruptions: Fault = {
  name: 'interruption',
  kind: 'process',
  parts: (life) => [interruptible(life)],
  begin: (world, random) => {
    const { up } = world;
    if (up.length === 0) return undefined;
    const id = random.pick(up);
    const host = world.host(id);
    const callOff = host.crashAfter(random.between(1, random.pick([5, 50, 500])), random.pick(['power cut', 'kill']));
    const died = host.ended$.subscribe(() => {
      died.unsubscribe();
      world.restartSoon(id);
    });
    return () => {
      callOff();
      died.unsubscribe();
      world.restart(id);
    };
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

/** A machine's clock and its timers run a little too fast or too slow, or by a factor. */
export const clockDrifts: Fault = {
  name: 'clock drift',
  kind: 'process',
  begin: (world, random) => {
    const rate = random.chance(200) ? random.pick([200, 500, 2000, 5000]) : random.between(950, 1050);
    return world.host(random.pick(world.options.nodes)).drift(rate);
  },
};

export const processFaults: readonly Fault[] = [crashes, interruptions, blackouts, pauses, clockJumps, clockDrifts];
