import {
  allFaults,
  calm,
  type Fault,
  type FaultKind,
  type History,
  type NetworkConditions,
  type Run,
  rough,
  type Subject,
  simulate,
} from '@synod/core/simulation';
import { UsageError } from '@synod/example-kv/program';
import type { CampaignOptions } from './options.js';
import { nodesOf, PROTOCOLS } from './protocols.js';
import { countIn, emptyTotals, type Totals } from './totals.js';

/** A history that did not pass. */
export interface Failure {
  readonly size: number;
  readonly history: History;
  readonly run: Run;
}

/** Throws `UsageError` if there is no such protocol. */
export const subjectOf = (protocol: string, size: number): Subject<unknown> => {
  const make = PROTOCOLS[protocol];
  if (make === undefined)
    throw new UsageError(`--protocol: found ${JSON.stringify(protocol)}; allowed are ${Object.keys(PROTOCOLS).join(', ')}`);
  return make(nodesOf(size));
};

export const faultsOf = (kinds: readonly FaultKind[], names?: readonly string[]): readonly Fault[] =>
  allFaults.filter(({ kind, name }) => kinds.includes(kind) && (names === undefined || names.includes(name)));

export const networkOf = (kinds: readonly FaultKind[]): NetworkConditions => (kinds.includes('network') ? rough : calm);

/** The histories of a campaign, one after another. */
export class Campaign {
  readonly totals: Totals = emptyTotals();
  readonly #begun = performance.now();

  /** `only`: the names of the invariants that are watched; all unless said. */
  constructor(
    private readonly options: CampaignOptions,
    private readonly only?: readonly string[],
  ) {}

  /** Lets the next history happen. Returns it if it did not pass. */
  next(): Failure | undefined {
    const { protocol, sizes, seed, duration, clients, kinds, faults } = this.options;
    const size = sizes[this.totals.runs % sizes.length] as number;
    const wrong = { faults: faultsOf(kinds, faults), network: networkOf(kinds) };
    const history: History = { seed: seed + this.totals.runs, duration, clients, ...wrong };
    const run = this.#simulate(this.#subject(protocol, size), history, size);
    countIn(this.totals, run);
    this.totals.seconds = Math.round((performance.now() - this.#begun) / 10) / 100;
    return run.verdict.verdict === 'passed' ? undefined : { size, history, run };
  }

  /** What is thrown out of a simulation ends the campaign; but nobody could look into it without the seed. */
  #simulate(subject: Subject<unknown>, history: History, size: number): Run {
    try {
      return simulate({ ...subject, ...history });
    } catch (error) {
      const what = (error as Error)?.stack ?? error;
      throw new Error(`the simulation of ${this.options.protocol} itself failed, seed ${history.seed}, ${size} nodes: ${what}`);
    }
  }

  #subject(protocol: string, size: number): Subject<unknown> {
    const subject = subjectOf(protocol, size);
    const { only } = this;
    return only === undefined ? subject : { ...subject, invariants: subject.invariants.filter(({ name }) => only.includes(name)) };
  }

  get done(): boolean {
    return this.totals.runs >= this.options.runs;
  }
}
