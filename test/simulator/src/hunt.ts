import { plant } from './mutate.js';
import type { Catch, Hunt } from './prey.js';

/** A hunt in a process of its own: prints the number of each history before it happens, and in the end what was caught. */
const { mutant, ...options } = JSON.parse(process.argv[2] as string) as Hunt;

let runs = 0;
const end = (caught: Catch): void => {
  process.stdout.write(`${JSON.stringify(caught)}\n`, () => process.exit());
};
const threw = (error: unknown): void => end({ by: 'threw', runs, what: String((error as Error)?.stack ?? error) });
process.on('uncaughtException', threw).on('unhandledRejection', threw);

if (mutant !== undefined) plant(mutant);
// Only now: a bug must be planted before the code that it is in is loaded.
const { hunt } = await import('./hunting.js');
const tell = (number: number): void => {
  runs = number;
  process.stdout.write(`${number}\n`);
};
await hunt(options, tell).then(end, threw);
