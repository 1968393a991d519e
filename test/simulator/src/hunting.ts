import { Campaign } from './campaign.js';
import type { Catch, Hunt } from './prey.js';
import { turn } from './turn.js';

/**
 * Lets histories happen until one is not as it must be. `tell` is told before each. Throws what comes out of the simulation
 * otherwise: the bug has broken it.
 */
export const hunt = async ({ alone, ...options }: Omit<Hunt, 'mutant'>, tell: (runs: number) => void): Promise<Catch> => {
  const only = alone === undefined ? undefined : [alone];
  const campaign = new Campaign(options, only);
  const { totals } = campaign;
  while (!campaign.done) {
    tell(totals.runs + 1);
    const failure = campaign.next();
    // What was rejected meanwhile, with nobody to hear it, comes out now.
    await turn();
    if (failure === undefined) continue;
    const { verdict } = failure.run;
    const by = verdict.verdict === 'violated' ? verdict.invariant : 'undecided';
    if (alone === undefined || by === alone) return { by, runs: totals.runs, what: 'what' in verdict ? verdict.what : '' };
  }
  return { runs: totals.runs };
};
