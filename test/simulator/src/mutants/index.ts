import { acceptorMutants } from './acceptor.js';
import type { Mutant } from './mutant.js';

export type { Mutant } from './mutant.js';

export const MUTANTS: readonly Mutant[] = [...acceptorMutants];
