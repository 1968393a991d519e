import type { Mutant } from './mutants/index.js';
import type { CampaignOptions } from './options.js';

/** What a hunt is made of. */
export interface Hunt extends CampaignOptions {
  /** The bug; none unless said. */
  readonly mutant?: Mutant;
  /** The only invariant that is watched; all unless said. */
  readonly alone?: string;
}

/** What became of a hunt. */
export interface Catch {
  /**
   * The invariant that was violated. Or `undecided`: a history had no end in virtual time; `hung`: none in real time; `threw`: an
   * error came out of the simulation, not out of a node; `died`: the process ended. Undefined if nothing was caught.
   */
  readonly by?: string;
  /** Histories until then. */
  readonly runs: number;
  readonly what?: string;
}
