import { mutantOf, plant } from './mutate.js';
import type { Catch, Hunt } from './prey.js';

/** One mutant, in a process of its own: prints a line before each history, and one with what caught it. */
const { mutant, ...options } = JSON.parse(process.argv[2] as string) as Hunt & { readonly mutant: string };

let runs = 0;
const end = (caught: Catch): void => {
  process.stdout.write(`${JSON.stringify(caught)}\n`, () => process.exit());
};
const thrown = (error: unknown): void => end({ by: 'threw', runs, what: String((error as Error)?.stack ?? error) });
process.on('uncaughtException', thrown).on('unhandledRejection', thrown);

plant(mutantOf(mutant));
const { hunt } = await import('./hunting.js');
end(
  await hunt(options, (done) => {
    runs = done + 1;
    process.stdout.write(`${runs}\n`);
  }),
);
