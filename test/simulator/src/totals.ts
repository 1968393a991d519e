import type { Run } from '@synod/core/simulation';

/** What many histories came to. */
export interface Totals {
  runs: number;
  violations: number;
  undecided: number;
  /** Of the traces. */
  events: number;
  /** Messages that actors took from their mailboxes. */
  delivered: number;
  /** Frames that came to nodes. */
  frames: number;
  /** Operations that were done. */
  commits: number;
  /** How often each fault began. */
  readonly faults: Record<string, number>;
  /** How often nodes refused to go on because of their disks, by the code of the error. */
  readonly refusals: Record<string, number>;
  /** In how many histories each kind of thing was seen. */
  readonly coverage: Record<string, number>;
  /** Of real time; of several processes, their sum. */
  seconds: number;
  /** Of the traces of all histories: the same for the same seeds and options, in whatever order and wherever they happened. */
  hash: string;
}

export const emptyTotals = (): Totals => ({
  runs: 0,
  violations: 0,
  undecided: 0,
  events: 0,
  delivered: 0,
  frames: 0,
  commits: 0,
  faults: {},
  refusals: {},
  coverage: {},
  seconds: 0,
  hash: '0'.repeat(16),
});

export const countIn = (
  totals: Totals,
  { verdict: { verdict }, hash, events, delivered, frames, operations, faults, refusals, coverage }: Run,
): void =>
  addTo(totals, {
    runs: 1,
    violations: verdict === 'violated' ? 1 : 0,
    undecided: verdict === 'undecided' ? 1 : 0,
    events,
    delivered,
    frames,
    commits: operations.reduce((sum, { outcome }) => sum + Number(outcome === 'done'), 0),
    faults,
    refusals,
    coverage: Object.fromEntries(Object.entries(coverage).map(([name, count]) => [name, Math.min(1, count)])),
    seconds: 0,
    hash,
  });

export const addTo = (totals: Totals, more: Totals): void => {
  for (const name of ['runs', 'violations', 'undecided', 'events', 'delivered', 'frames', 'commits', 'seconds'] as const)
    totals[name] += more[name];
  totals.hash = (BigInt(`0x${totals.hash}`) ^ BigInt(`0x${more.hash}`)).toString(16).padStart(16, '0');
  for (const name of ['faults', 'refusals', 'coverage'] as const)
    for (const [kind, count] of Object.entries(more[name])) totals[name][kind] = (totals[name][kind] ?? 0) + count;
};

export const rate = ({ delivered, frames, seconds }: Totals): string => {
  const perSecond = (count: number): string => Math.round(count / Math.max(seconds, 0.01)).toLocaleString('en');
  return `${perSecond(delivered)} messages/s (${perSecond(frames)} frames/s)`;
};

export const summary = (totals: Totals): string => {
  const { runs, violations, undecided, events, commits, seconds, faults, refusals, coverage } = totals;
  return [
    `${counted(runs, 'history', 'histories')}: ${counted(violations, 'violation', 'violations')}, ${undecided} undecided`,
    `${commits} operations done, ${events} events, ${seconds} s, ${rate(totals)}`,
    `faults\n${counts(faults)}`,
    `nodes that refused to go on, because of their disks\n${counts(refusals)}`,
    `histories in which there was\n${counts(coverage)}`,
  ].join('\n');
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`)
    .join('\n');
