import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MUTANTS, type Mutant } from './mutants/index.js';
import type { SimulateOptions } from './options.js';
import { tell } from './tell.js';

/** What became of a mutant. */
interface Caught {
  readonly mutant: Mutant;
  /** The invariant that caught it; undefined if none did. */
  readonly by: string | undefined;
  /** Histories until then. */
  readonly runs: number;
}

/** Runs every mutant, each in a process of its own, and prints which invariant caught it after how many histories. */
export const runAllMutants = async (options: SimulateOptions): Promise<number> => {
  const waiting = [...MUTANTS];
  const caught: Caught[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await runMutant(mutant, options);
      caught.push(result);
      tell(row(result));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const survivors = caught.filter(({ by }) => by === undefined);
  if (options.json) console.log(JSON.stringify({ mutants: caught.length, survivors: survivors.map(({ mutant }) => mutant.name) }));
  else
    console.log(
      caught
        .sort((a, b) => a.mutant.name.localeCompare(b.mutant.name))
        .map(row)
        .join('\n'),
    );
  return survivors.length === 0 ? 0 : 1;
};

const row = ({ mutant, by, runs }: Caught): string =>
  `${mutant.name.padEnd(40)} ${(by ?? 'NOT CAUGHT').padEnd(20)} ${by === undefined ? `in ${runs} histories` : `after ${runs}`}`;

const PROGRAM = fileURLToPath(new URL('./hunt.js', import.meta.url));

/** Throws if the process fails for another reason than the bug. */
const runMutant = (mutant: Mutant, { protocol, sizes, seed, runs, duration }: SimulateOptions): Promise<Caught> =>
  new Promise((resolve, reject) => {
    const hunt = { mutant: mutant.name, protocol, sizes: mutant.nodes === undefined ? sizes : [mutant.nodes], seed, runs, duration };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(hunt)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`the hunt for mutant ${mutant.name} ended with ${code}`));
      else resolve({ mutant, ...(JSON.parse(text) as { readonly by: string | undefined; readonly runs: number }) });
    });
  });
