import { calm, type History, type PlannedFault } from '@synod/core/simulation';
import { faultsOf, networkOf } from './campaign.js';
import { FAULT_KINDS } from './options.js';
import type { Saved } from './saved.js';

export const savedFrom = (setting: Pick<Saved, 'protocol' | 'nodes' | 'mutant'>, history: History): Saved => ({
  ...setting,
  seed: history.seed,
  duration: history.duration ?? 10_000,
  clients: history.clients ?? 4,
  network: history.network === undefined || history.network === calm ? 'calm' : 'rough',
  plan: [...(history.plan ?? [])] as PlannedFault[],
});

export const historyFrom = ({ seed, duration, clients, network, plan }: Saved): History => ({
  seed,
  duration,
  clients,
  faults: faultsOf(FAULT_KINDS),
  plan,
  network: networkOf(network === 'calm' ? [] : ['network']),
});
