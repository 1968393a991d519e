import { availableParallelism } from 'node:os';
import { endWith, FAILED } from '@synod/example-kv/program';
import { INTERRUPTED } from './interrupted.js';
import { PROTOCOLS } from './protocols.js';
import { Simulations } from './simulations.js';
import { readSoakOptions, SOAK_HELP, type SoakOptions } from './soak-options.js';
import { tell } from './tell.js';
import { addTo, emptyTotals, summary, type Totals } from './totals.js';

const SIZES = '1,2,3,4,5,7';
/** Seeds that one process plays, all with one protocol. */
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
  const protocols = Object.keys(PROTOCOLS);
  const share = Math.min(SHARE, Math.ceil(options.seeds / protocols.length));
  let next = 0;
  let shares = 0;
  const work = async (): Promise<void> => {
    while (!simulations.stopped && performance.now() < end && next < options.seeds) {
      const runs = Math.min(share, options.seeds - next);
      const seed = options.seed + next;
      next += runs;
      const protocol = protocols[shares++ % protocols.length] as string;
      const what = ['--protocol', protocol, '--nodes', SIZES, '--seed', String(seed), '--runs', String(runs)];
      const result = await simulations.run([...what, '--duration', String(options.duration), '--out', options.out, '--json']);
      failed ||= result.failed;
      if (result.output === '') continue;
      addTo(totals, JSON.parse(result.output.split('\n').at(-1) as string) as Totals);
      const { runs: histories, violations, undecided } = totals;
      tell(`seeds ${seed} to ${seed + runs - 1}, ${protocol}: ${histories} histories, ${violations} violations, ${undecided} undecided`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(options.json ? JSON.stringify(totals) : summary(totals));
  if (failed) return FAILED;
  return simulations.stopped ? INTERRUPTED : 0;
};

try {
  const options = readSoakOptions();
  if (options.help) console.log(SOAK_HELP);
  else process.exitCode = await soak(options);
} catch (error) {
  endWith(error);
}
