import { Campaign } from './campaign.js';
import { type CampaignOptions, FAULT_KINDS } from './options.js';

/** Lets histories happen until one is not as it must be. `by`: what it violates; absent if none did. */
export const hunt = (options: Pick<CampaignOptions, 'protocol' | 'sizes' | 'seed' | 'runs' | 'duration'>) => {
  const campaign = new Campaign({ ...options, clients: 4, kinds: FAULT_KINDS, out: '', json: true });
  const { totals } = campaign;
  while (!campaign.done) {
    const failure = campaign.next();
    if (failure === undefined) continue;
    const { verdict } = failure.run;
    return { by: verdict.verdict === 'violated' ? verdict.invariant : 'undecided', runs: totals.runs };
  }
  return { runs: totals.runs };
};
