import type { FaultKind } from '@synod/core/simulation';
import { onlyOptions, UsageError, wholeNumberFrom } from '@synod/example-kv/program';

export const OPTIONS = {
  protocol: { type: 'string' },
  nodes: { type: 'string' },
  seed: { type: 'string' },
  runs: { type: 'string' },
  duration: { type: 'string' },
  clients: { type: 'string' },
  faults: { type: 'string' },
  mutant: { type: 'string' },
  replay: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const HELP = `npm run simulate -- [options]

Runs whole clusters in virtual time, each history from a seed, with faults, under all invariants.

  --protocol NAME   what runs; multi-paxos unless said
  --nodes N,N,...   cluster sizes, taken in turn; 3 unless said
  --seed N          the first seed; 1 unless said
  --runs N          how many seeds; 100 unless said
  --duration S      seconds of virtual time with load and faults; 10 unless said
  --clients N       clients that ask at once; 4 unless said
  --faults KINDS    network,disk,process,client in any combination, all or none; all unless said
  --mutant NAME     plants a bug in the code, and ends at the first history that shows it; all runs every one and prints a table
  --replay FILE     plays a saved history again, with the bug that was planted in it, and prints its transcript
  --out DIR         where a history that fails is saved; .synod/simulate unless said
  --json            ends with one line of JSON on standard output; with --replay that is all
  --list            prints protocols, faults, invariants, kinds of coverage, and mutants

Ends with 0 if every history passed and was decided, with 1 if one did not, with 2 if it was called wrongly.
A mutant ends with 1 when it is caught, as any violation does, and with 0 when it is not; --mutant all ends with 0 if all are caught, and every
invariant catches one.`;

export const FAULT_KINDS: readonly FaultKind[] = ['network', 'disk', 'process', 'client'];

/** What a campaign is made of. */
export interface CampaignOptions {
  readonly protocol: string;
  readonly sizes: readonly number[];
  readonly seed: number;
  readonly runs: number;
  /** ms. */
  readonly duration: number;
  readonly clients: number;
  readonly kinds: readonly FaultKind[];
  /** Only these of them, by name; all unless said. */
  readonly faults?: readonly string[];
}

export interface SimulateOptions extends CampaignOptions {
  /** Where histories that fail are saved. */
  readonly out: string;
  readonly json: boolean;
  readonly mutant: string | undefined;
  readonly replay: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

export const MOST_NODES = 26;
const LARGEST_SEED = 2 ** 53 - 1;

/** Throws `UsageError`. */
export const readOptionsOf = (args?: readonly string[]): SimulateOptions => {
  const given = onlyOptions(OPTIONS, args);
  const whole = (name: keyof typeof OPTIONS & keyof typeof given, unless: number, least: number, most: number): number => {
    const text = given[name];
    return typeof text === 'string' ? wholeNumberFrom(name, text, least, most) : unless;
  };
  return {
    protocol: given.protocol ?? 'multi-paxos',
    sizes: (given.nodes ?? '3').split(',').map((text) => wholeNumberFrom('nodes', text, 1, MOST_NODES)),
    seed: whole('seed', 1, 0, LARGEST_SEED),
    runs: whole('runs', 100, 1, 1_000_000_000),
    duration: whole('duration', 10, 1, 86_400) * 1000,
    clients: whole('clients', 4, 1, 1000),
    kinds: kindsFrom(given.faults ?? 'all'),
    out: given.out ?? '.synod/simulate',
    json: given.json ?? false,
    mutant: given.mutant,
    replay: given.replay,
    list: given.list ?? false,
    help: given.help ?? false,
  };
};

const kindsFrom = (text: string): readonly FaultKind[] => {
  if (text === 'all') return FAULT_KINDS;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((one) => one === name);
    if (kind === undefined)
      throw new UsageError(
        `--faults: found ${JSON.stringify(name)}; allowed are ${FAULT_KINDS.join(', ')} with commas between, all or none`,
      );
    return kind;
  });
};
