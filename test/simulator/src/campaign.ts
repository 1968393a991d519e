import {
  allFaults,
  calm,
  type Fault,
  type FaultKind,
  type History,
  type ListClient,
  type NetworkConditions,
  type Run,
  rough,
  type Subject,
  simulate,
} from '@synod/core/simulation';
import { UsageError } from '@synod/example-kv/program';
import type { CampaignOptions } from './options.js';
import { nodesOf, PROTOCOLS } from './protocols.js';

/** What many histories came to. */
export interface Totals {
  runs: number;
  violations: number;
  undecided: number;
  events: number;
  delivered: number;
  commits: number;
  readonly faults: Record<string, number>;
  /** In how many histories each kind of thing was seen. */
  readonly coverage: Record<string, number>;
  /** Of real time. */
  seconds: number;
}

/** A history that did not pass. */
export interface Failure {
  readonly size: number;
  readonly history: History;
  readonly run: Run;
}

/** Throws `UsageError` if there is no such protocol. */
export const subjectOf = (protocol: string, size: number): Subject<ListClient> => {
  const make = PROTOCOLS[protocol];
  if (make === undefined)
    throw new UsageError(`--protocol: found ${JSON.stringify(protocol)}; allowed are ${Object.keys(PROTOCOLS).join(', ')}`);
  return make(nodesOf(size));
};

export const faultsOf = (kinds: readonly FaultKind[]): readonly Fault[] => allFaults.filter(({ kind }) => kinds.includes(kind));

export const networkOf = (kinds: readonly FaultKind[]): NetworkConditions => (kinds.includes('network') ? rough : calm);

/** The histories of a campaign, one after another. */
export class Campaign {
  readonly totals: Totals = {
    runs: 0,
    violations: 0,
    undecided: 0,
    events: 0,
    delivered: 0,
    commits: 0,
    faults: {},
    coverage: {},
    seconds: 0,
  };
  readonly #begun = performance.now();

  constructor(private readonly options: CampaignOptions) {}

  /** Lets the next history happen. Returns it if it did not pass. */
  next(): Failure | undefined {
    const { protocol, sizes, seed, duration, clients, kinds } = this.options;
    const size = sizes[this.totals.runs % sizes.length] as number;
    const history: History = { seed: seed + this.totals.runs, duration, clients, faults: faultsOf(kinds), network: networkOf(kinds) };
    const run = simulate({ ...subjectOf(protocol, size), ...history });
    this.#add(run);
    return run.verdict.verdict === 'passed' ? undefined : { size, history, run };
  }

  get done(): boolean {
    return this.totals.runs >= this.options.runs;
  }

  #add({ verdict, events, delivered, operations, faults, coverage }: Run): void {
    const { totals } = this;
    totals.runs++;
    if (verdict.verdict === 'violated') totals.violations++;
    if (verdict.verdict === 'undecided') totals.undecided++;
    totals.events += events;
    totals.delivered += delivered;
    for (const { outcome } of operations) if (outcome === 'done') totals.commits++;
    for (const [name, count] of Object.entries(faults)) totals.faults[name] = (totals.faults[name] ?? 0) + count;
    for (const [name, count] of Object.entries(coverage)) totals.coverage[name] = (totals.coverage[name] ?? 0) + Math.min(1, count);
    totals.seconds = Math.round((performance.now() - this.#begun) / 10) / 100;
  }
}
