import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { UsageError } from '@synod/example-kv/program';
import { MUTANTS, type Mutant } from './mutants/index.js';

/** What the hooks are told. */
export interface Replacement {
  /** Of the compiled file. */
  readonly url: string;
  readonly find: string;
  readonly replace: string;
}

/** Throws `UsageError` if there is no such mutant. */
export const mutantOf = (name: string): Mutant => {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (mutant === undefined) throw new UsageError(`--mutant: found ${JSON.stringify(name)}; --list tells what is allowed`);
  return mutant;
};

/** Where a mutant strikes. Throws if what it replaces does not stand there exactly once: the code has moved on. */
export const replacementOf = ({ name, file, find, replace }: Mutant): Replacement => {
  const compiled = file.replace('/src/', '/dist/').replace(/\.ts$/, '.js');
  const url = new URL(`../../../${compiled}`, import.meta.url);
  const found = readFileSync(url, 'utf8').split(find).length - 1;
  if (found !== 1)
    throw new Error(`mutant ${name}: ${JSON.stringify(find)} stands ${found} times in ${compiled}; it must stand there once`);
  return { url: url.href, find, replace };
};

/** Plants a bug in what is loaded from now on. */
export const plant = (mutant: Mutant): void => register('./mutate-hooks.js', import.meta.url, { data: replacementOf(mutant) });
