import { availableParallelism } from 'node:os';
import { subjectOf } from './campaign.js';
import { huntMutant } from './hunter.js';
import { MUTANTS, type Mutant } from './mutants/index.js';
import type { SimulateOptions } from './options.js';
import type { Catch, Hunt } from './prey.js';
import { tell } from './tell.js';

/** What became of a mutant. */
interface Row extends Catch {
  readonly mutant: Mutant;
}

/** What the simulation watches of itself, besides the invariants of the protocol. */
const BUILT_IN = ['NoFailure', 'EventualProgress'];

/**
 * Hunts every mutant, and prints which invariant caught it after how many histories; then, for each invariant, a mutant that it
 * catches where it alone is watched: one that catches nothing proves nothing.
 */
export const runAllMutants = async ({ protocol, sizes, seed, runs, duration, json }: SimulateOptions): Promise<number> => {
  const hunt: Hunt = { protocol, sizes, seed, runs, duration };
  const rows = await huntAll(MUTANTS, hunt, () => false);
  const survivors = rows.filter(({ by }) => by === undefined).map(({ mutant }) => mutant.name);
  const catches = await catchesOfEach(rows, hunt);
  const idle = catches.filter(({ mutants }) => mutants.length === 0).map(({ invariant }) => invariant);
  if (json) console.log(JSON.stringify({ mutants: rows.length, survivors, idle, caught: rows.map(asJson) }));
  else
    console.log(
      [
        ...rows.sort((a, b) => a.mutant.name.localeCompare(b.mutant.name)).map(describe),
        '',
        ...catches.map(({ invariant, mutants }) => `${invariant.padEnd(20)} ${mutants.join(', ') || 'CATCHES NONE'}`),
      ].join('\n'),
    );
  return survivors.length === 0 && idle.length === 0 ? 0 : 1;
};

/** On all processors at once, until `enough`. */
const huntAll = async (mutants: readonly Mutant[], hunt: Hunt, enough: (rows: readonly Row[]) => boolean): Promise<Row[]> => {
  const waiting = [...mutants];
  const rows: Row[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined && !enough(rows); mutant = waiting.shift()) {
      const row = { mutant, ...(await huntMutant(mutant, hunt)) };
      rows.push(row);
      tell(`${hunt.alone === undefined ? '' : `${hunt.alone} alone: `}${describe(row)}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return rows;
};

/** A history goes the same way whoever watches; so what was caught first by an invariant is caught by it alone too. */
const catchesOfEach = async (rows: readonly Row[], hunt: Hunt) => {
  const invariants = [...subjectOf(hunt.protocol, 3).invariants.map(({ name }) => name), ...BUILT_IN];
  const catches: { readonly invariant: string; readonly mutants: readonly string[] }[] = [];
  for (const invariant of invariants) {
    const first = rows.filter(({ by }) => by === invariant);
    const found = first.length > 0 ? first : await huntAll(MUTANTS, { ...hunt, alone: invariant }, (more) => more.some(isCaught));
    catches.push({ invariant, mutants: found.filter(isCaught).map(({ mutant }) => mutant.name) });
  }
  return catches;
};

const isCaught = ({ by }: Row): boolean => by !== undefined;

const describe = ({ mutant, by, runs, what }: Row): string => {
  const caught = `${mutant.name.padEnd(44)} ${(by ?? 'NOT CAUGHT').padEnd(20)} ${by === undefined ? `in ${runs} histories` : `after ${runs}`}`;
  return by === 'threw' || by === 'died' ? `${caught}\n  ${what}` : caught;
};

const asJson = ({ mutant: { name }, by, runs }: Row) => ({ name, by, runs });
