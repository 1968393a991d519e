import { availableParallelism } from 'node:os';
import { endWith } from '@synod/example-kv/program';

import { PROTOCOLS } from './protocols.js';
import { Simulations } from './simulations.js';
import { readSoakOptions, SOAK_HELP, type SoakOptions } from './soak-options.js';
import { tell } from './tell.js';
import { addTo, emptyTotals, summary, type Totals } from './totals.js';

const SIZES = '1,2,3,4,5,7';
/** Histories that one process lets happen. */
const SHARE = 120;
/** Histories until a mutant counts as not caught. */
const MOST_HUNTED = 400;

const soak = async (options: SoakOptions): Promise<number> => {
  const simulations = new Simulations();
  process.on('SIGINT', () => simulations.stop());
  const totals: Totals = emptyTotals();
  const end = performance.now() + options.minutes * 60_000;
  let failed = false;
  if (options.mutants) {
    const hunted = await simulations.run(['--mutant', 'all', '--runs', String(MOST_HUNTED)]);
    tell(hunted.output);
    failed = hunted.failed;
  }
  let next = 0;
  const goesOn = (): boolean => !simulations.stopped && performance.now() < end;
  const work = async (): Promise<void> => {
    while (goesOn() && next < options.seeds) {
      const runs = Math.min(SHARE, options.seeds - next);
      const seed = options.seed + next;
      next += runs;
      for (const protocol of Object.keys(PROTOCOLS)) {
        if (!goesOn()) break;
        const share = ['--protocol', protocol, '--nodes', SIZES, '--seed', String(seed), '--runs', String(runs)];
        const result = await simulations.run([...share, '--duration', String(options.duration), '--out', options.out, '--json']);
        failed ||= result.failed;
        if (result.output === '') continue;
        addTo(totals, JSON.parse(result.output.split('\n').at(-1) as string) as Totals);
        tell(
          `seeds ${seed} to ${seed + runs - 1} of ${protocol}: ${totals.runs} histories, ${totals.violations} violations, ${totals.undecided} undecided`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(options.json ? JSON.stringify(totals) : summary(totals));
  return failed ? 1 : 0;
};

try {
  const options = readSoakOptions();
  if (options.help) console.log(SOAK_HELP);
  else process.exitCode = await soak(options);
} catch (error) {
  endWith(error);
}
