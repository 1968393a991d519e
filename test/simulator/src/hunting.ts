import { Campaign } from './campaign.js';
import { FAULT_KINDS } from './options.js';
import type { Catch, Hunt } from './prey.js';

/**
 * Lets histories happen until one is not as it must be. `tell` is told before each. An error that is no invariant's ends the hunt
 * too: the bug has broken the simulation itself.
 */
export const hunt = async ({ alone, ...options }: Hunt, tell: (runs: number) => void = () => {}): Promise<Catch> => {
  const only = alone === undefined ? undefined : [alone];
  const campaign = new Campaign({ ...options, clients: 4, kinds: FAULT_KINDS, out: '', json: true }, only);
  const { totals } = campaign;
  try {
    while (!campaign.done) {
      tell(totals.runs);
      const failure = campaign.next();
      // What was rejected meanwhile, with nobody to hear it, comes out now.
      await new Promise(setImmediate);
      if (failure === undefined) continue;
      const { verdict } = failure.run;
      const by = verdict.verdict === 'violated' ? verdict.invariant : 'undecided';
      if (alone === undefined || by === alone) return { by, runs: totals.runs, what: 'what' in verdict ? verdict.what : '' };
    }
  } catch (error) {
    return { by: 'threw', runs: totals.runs + 1, what: String((error as Error)?.stack ?? error) };
  }
  return { by: undefined, runs: totals.runs, what: '' };
};
