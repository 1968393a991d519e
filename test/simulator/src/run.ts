import { Campaign, type Totals } from './campaign.js';
import { reportFailure } from './failure.js';
import { listing } from './list.js';
import { runAllMutants } from './mutant-table.js';
import type { SimulateOptions } from './options.js';
import { play } from './play.js';
import { readSaved } from './saved.js';
import { tell } from './tell.js';

/** ms of real time between two lines of progress. */
const TELL_EVERY = 2000;

/** Does what the options ask for. Resolves with what the program ends with. */
export const run = async (options: SimulateOptions): Promise<number> => {
  if (options.list) {
    console.log(listing());
    return 0;
  }
  if (options.replay !== undefined) return replay(options.replay);
  if (options.mutant === 'all') return runAllMutants(options);
  return simulateAll(options);
};

const replay = (file: string): number => {
  const { run, transcript } = play(readSaved(file));
  console.log(transcript.join('\n'));
  tell(JSON.stringify({ ...run.verdict, hash: run.hash, time: run.time }));
  return run.verdict.verdict === 'passed' ? 0 : 1;
};

const simulateAll = (options: SimulateOptions): number => {
  const campaign = new Campaign(options);
  const { totals } = campaign;
  let told = performance.now();
  let failed = false;
  while (!campaign.done) {
    const failure = campaign.next();
    if (failure !== undefined) {
      // The first is told in full; the others are most likely the same again.
      if (!failed) reportFailure(failure, options);
      else tell(`seed ${failure.history.seed}, ${failure.size} nodes: ${JSON.stringify(failure.run.verdict)}`);
      failed = true;
      if (options.mutant !== undefined) break;
    }
    if (performance.now() - told < TELL_EVERY) continue;
    told = performance.now();
    tell(progress(totals, options.runs));
  }
  if (options.json) console.log(JSON.stringify(totals));
  else console.log(summary(totals));
  return failed ? 1 : 0;
};

const rate = ({ delivered, seconds }: Totals): string => `${Math.round(delivered / Math.max(seconds, 0.01)).toLocaleString('en')} frames/s`;

const progress = (totals: Totals, runs: number): string =>
  `${totals.runs} of ${runs} histories, ${totals.violations} violations, ${totals.undecided} undecided, ${rate(totals)}`;

const summary = (totals: Totals): string => {
  const { runs, violations, undecided, events, commits, seconds, faults, coverage } = totals;
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`)
      .join('\n');
  return [
    `${runs} histories: ${violations} violations, ${undecided} undecided`,
    `${commits} operations done, ${events} events, ${seconds} s, ${rate(totals)}`,
    `faults\n${counts(faults)}`,
    `histories in which there was\n${counts(coverage)}`,
  ].join('\n');
};
