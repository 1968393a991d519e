import { register } from 'node:module';
import { UsageError } from '@synod/example-kv/program';
import { MUTANTS, type Mutant } from './mutants/index.js';
import { replacementsOf } from './replacement.js';

/** Throws `UsageError` if there is no such mutant. */
export const mutantOf = (name: string): Mutant => {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (mutant === undefined) throw new UsageError(`--mutant: found ${JSON.stringify(name)}; --list tells what is allowed`);
  return mutant;
};

/** Plants a bug in what is loaded from now on. */
export const plant = (mutant: Mutant): void => register('./mutate-hooks.js', import.meta.url, { data: replacementsOf(mutant) });
