import type { SeededRandom } from './seeded-random.js';

/** Draws how long something takes: ms, in whole µs. */
export type Delay = (random: SeededRandom) => number;

/** `ms`, without a draw. */
export const always =
  (ms: number): Delay =>
  () =>
    ms;

/** Uniform between `low` and `high` ms. */
export const between =
  (low: number, high: number): Delay =>
  (random) =>
    random.between(Math.round(low * 1000), Math.round(high * 1000)) / 1000;

/** As `rare` in `perMille` of 1000 cases, else as `usual`. */
export const mostly =
  (usual: Delay, perMille: number, rare: Delay): Delay =>
  (random) =>
    (random.chance(perMille) ? rare : usual)(random);
