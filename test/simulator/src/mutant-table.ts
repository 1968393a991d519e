import { availableParallelism } from 'node:os';
import { subjectOf } from './campaign.js';
import { sendHunter } from './hunter.js';
import { MUTANTS, type Mutant } from './mutants/index.js';
import type { SimulateOptions } from './options.js';
import type { Catch, Hunt } from './prey.js';
import { tell } from './tell.js';

/** What became of a mutant. */
interface Row extends Catch {
  readonly mutant: Mutant;
}

/** What the simulation watches besides the invariants of a protocol. */
export const BUILT_IN = ['NoFailure', 'EventualProgress'];
/** Histories in which a mutant may show soon. */
const SOON = 10;
/** No invariants: what becomes of a simulation that a bug has broken. */
const BROKEN: readonly (string | undefined)[] = ['threw', 'died', 'hung', 'undecided'];

/**
 * Hunts every mutant, and prints which invariant caught it after how many histories; then which mutants each invariant catches
 * where it alone is watched: one that catches none proves nothing.
 */
export const runAllMutants = async (options: SimulateOptions): Promise<number> => {
  const { protocol, sizes, seed, runs, duration, clients, kinds, json } = options;
  const hunt: Hunt = { protocol, sizes, seed, runs, duration, clients, kinds };
  const rows = await huntAll(hunt);
  const survivors = rows.filter((row) => !isCaught(row)).map(({ mutant }) => mutant.name);
  const catches = await catchesOfEach(rows, hunt);
  const idle = catches.filter(({ mutants }) => mutants.length === 0).map(({ invariant }) => invariant);
  if (json) console.log(JSON.stringify({ survivors, idle, mutants: rows.map(asJson), catches }));
  else {
    const table = rows.sort((a, b) => a.mutant.name.localeCompare(b.mutant.name)).map(describe);
    const alone = catches.map(({ invariant, mutants }) => `${invariant.padEnd(20)} ${mutants.join(', ') || 'CATCHES NONE'}`);
    console.log([...table, '', ...alone].join('\n'));
  }
  return survivors.length === 0 && idle.length === 0 ? 0 : 1;
};

/** Where the mutant shows. */
const huntOf = (mutant: Mutant, hunt: Hunt): Hunt => {
  const { nodes, protocol = hunt.protocol, duration = hunt.duration, faults } = mutant;
  return { ...hunt, protocol, duration, mutant, ...(nodes !== undefined && { sizes: [nodes] }), ...(faults && { faults }) };
};

/** On all processors at once; where one invariant is watched alone, until it has caught one. */
const huntAll = async (hunt: Hunt): Promise<Row[]> => {
  const waiting = [...MUTANTS];
  const rows: Row[] = [];
  const goesOn = (): boolean => hunt.alone === undefined || !rows.some(isCaught);
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined && goesOn(); mutant = waiting.shift()) {
      const row = { mutant, ...(await sendHunter(huntOf(mutant, hunt))) };
      rows.push(row);
      tell(`${hunt.alone === undefined ? '' : `${hunt.alone} alone: `}${describe(row)}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return rows;
};

/** A history goes the same way whoever watches; so what an invariant was the first to catch it catches alone too. */
const catchesOfEach = async (rows: readonly Row[], hunt: Hunt) => {
  const catches: { readonly invariant: string; readonly mutants: readonly string[] }[] = [];
  for (const invariant of [...subjectOf(hunt.protocol, 3).invariants.map(({ name }) => name), ...BUILT_IN]) {
    let found = rows.filter(({ by }) => by === invariant);
    // Mostly some mutant is caught soon: all are given a few histories before any is given many.
    for (const share of [SOON, hunt.runs])
      if (found.length === 0) found = (await huntAll({ ...hunt, alone: invariant, runs: Math.min(share, hunt.runs) })).filter(isCaught);
    catches.push({ invariant, mutants: found.map(({ mutant }) => mutant.name) });
  }
  return catches;
};

const isCaught = ({ by }: Row): boolean => by !== undefined && !BROKEN.includes(by);

const describe = ({ mutant, by, runs, what }: Row): string => {
  const caught = `${mutant.name.padEnd(44)} ${(by ?? 'NOT CAUGHT').padEnd(20)} ${by === undefined ? `in ${runs} histories` : `after ${runs}`}`;
  return BROKEN.includes(by) ? `${caught}\n  ${what}` : caught;
};

const asJson = ({ mutant: { name }, by, runs }: Row) => ({ name, by, runs });
