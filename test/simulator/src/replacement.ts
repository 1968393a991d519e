import { readFileSync } from 'node:fs';
import type { Mutant, Piece } from './mutants/index.js';

/** Where a mutant strikes. */
export interface Replacement {
  /** Of the compiled file. */
  readonly url: string;
  readonly find: string;
  readonly replace: string;
}

/** Throws if what it replaces does not stand there exactly once: the code has moved on. */
export const replacementsOf = ({ name, also, ...first }: Mutant): readonly Replacement[] =>
  (also === undefined ? [first] : [first, also]).map((piece) => replacementOf(name, piece));

const replacementOf = (name: string, { file, find, replace }: Piece): Replacement => {
  const compiled = file.replace('/src/', '/dist/').replace(/\.ts$/, '.js');
  const url = new URL(`../../../${compiled}`, import.meta.url);
  const found = readFileSync(url, 'utf8').split(find).length - 1;
  if (found !== 1)
    throw new Error(`mutant ${name}: ${JSON.stringify(find)} stands ${found} times in ${compiled}; it must stand there once`);
  return { url: url.href, find, replace };
};
