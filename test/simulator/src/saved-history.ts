import { calm, HISTORY_DEFAULTS, type History, type PlannedFault } from '@synod/core/simulation';
import { UsageError } from '@synod/example-kv/program';
import { faultsOf, networkOf } from './campaign.js';
import { FAULT_KINDS } from './options.js';
import type { Saved } from './saved.js';

export const savedFrom = (setting: Pick<Saved, 'protocol' | 'nodes' | 'mutant'>, history: History): Saved => ({
  ...setting,
  seed: history.seed,
  duration: history.duration ?? HISTORY_DEFAULTS.duration,
  clients: history.clients ?? HISTORY_DEFAULTS.clients,
  network: history.network === undefined || history.network === calm ? 'calm' : 'rough',
  plan: [...(history.plan ?? [])] as PlannedFault[],
});

/** Throws `UsageError` if its plan names a fault that there is not. */
export const historyFrom = ({ seed, duration, clients, network, plan }: Saved): History => {
  const faults = faultsOf(FAULT_KINDS);
  for (const { fault } of plan)
    if (!faults.some(({ name }) => name === fault))
      throw new UsageError(`--replay: found the fault ${JSON.stringify(fault)}; allowed are ${faults.map(({ name }) => name).join(', ')}`);
  return { seed, duration, clients, faults, plan, network: networkOf(network === 'calm' ? [] : ['network']) };
};
