import { Campaign } from './campaign.js';
import { reportFailure } from './failure.js';
import { INTERRUPTED } from './interrupted.js';
import { listing } from './list.js';
import { runAllMutants } from './mutant-table.js';
import type { SimulateOptions } from './options.js';
import { play } from './play.js';
import type { Saved } from './saved.js';
import { tell } from './tell.js';
import { rate, summary, type Totals } from './totals.js';
import { turn } from './turn.js';

/** ms of real time between two lines of progress. */
const TELL_EVERY = 2000;

/** Does what the options ask for. Resolves with what the program ends with. */
export const run = async (options: SimulateOptions, saved: Saved | undefined): Promise<number> => {
  if (options.list) {
    console.log(listing());
    return 0;
  }
  if (saved !== undefined) return replay(saved, options.json);
  if (options.mutant === 'all') return runAllMutants(options);
  return simulateAll(options);
};

const replay = (saved: Saved, json: boolean): number => {
  const run = play(saved, (line) => {
    if (!json) process.stdout.write(`${line}\n`);
  });
  const verdict = JSON.stringify({ ...run.verdict, hash: run.hash, time: run.time });
  if (json) console.log(verdict);
  else tell(verdict);
  return run.verdict.verdict === 'passed' ? 0 : 1;
};

const simulateAll = async (options: SimulateOptions): Promise<number> => {
  const campaign = new Campaign(options);
  const { totals } = campaign;
  let told = performance.now();
  let failed = false;
  let interrupted = false;
  process.once('SIGINT', () => {
    interrupted = true;
  });
  while (!campaign.done && !interrupted) {
    const failure = campaign.next();
    await turn();
    if (failure !== undefined) {
      // The first is told in full; the others are most likely the same again.
      if (!failed) await reportFailure(failure, options);
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
  if (interrupted) return INTERRUPTED;
  return failed ? 1 : 0;
};

const progress = (totals: Totals, runs: number): string =>
  `${totals.runs} of ${runs} histories, ${totals.violations} violations, ${totals.undecided} undecided, ${rate(totals)}`;
