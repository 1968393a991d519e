import { numberFrom, onlyOptions, UsageError, wholeNumberFrom } from '@synod/example-kv/program';

export const SOAK_HELP = `npm run soak -- [options]

Simulates all protocols in turn, at all sizes, with all faults, seed after seed, on every core, and first hunts every mutant.

  --minutes N      how long; 10 unless said. What was begun is finished
  --seeds N        ends after so many seeds, if that comes earlier
  --seed N         the first seed; 1 unless said
  --duration S     seconds of virtual time a history; 10 unless said
  --mutants yes|no whether mutants are hunted first; yes unless said
  --out DIR        where histories that fail are saved; .synod/simulate unless said
  --json           ends with one line of JSON on standard output

Ends with 0 if every history passed and every mutant was caught, with 1 if not, with 2 if it was called wrongly.`;

const OPTIONS = {
  minutes: { type: 'string' },
  seeds: { type: 'string' },
  seed: { type: 'string' },
  duration: { type: 'string' },
  mutants: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface SoakOptions {
  readonly minutes: number;
  readonly seeds: number;
  readonly seed: number;
  /** s. */
  readonly duration: number;
  readonly mutants: boolean;
  readonly out: string;
  readonly json: boolean;
  readonly help: boolean;
}

/** Throws `UsageError`. */
export const readSoakOptions = (args?: readonly string[]): SoakOptions => {
  const {
    minutes = '10',
    seeds,
    seed = '1',
    duration = '10',
    mutants = 'yes',
    out = '.synod/simulate',
    json,
    help,
  } = onlyOptions(OPTIONS, args);
  if (mutants !== 'yes' && mutants !== 'no') throw new UsageError(`--mutants: found ${JSON.stringify(mutants)}; allowed are yes and no`);
  return {
    minutes: numberFrom('minutes', minutes, 0, 100_000),
    seeds: seeds === undefined ? Number.POSITIVE_INFINITY : wholeNumberFrom('seeds', seeds, 1, 2 ** 53 - 1),
    seed: wholeNumberFrom('seed', seed, 0, 2 ** 52),
    duration: wholeNumberFrom('duration', duration, 1, 86_400),
    mutants: mutants === 'yes',
    out,
    json: json ?? false,
    help: help ?? false,
  };
};
