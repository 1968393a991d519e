import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants/index.js';
import type { Catch, Hunt } from './prey.js';

const PROGRAM = fileURLToPath(new URL('./hunt.js', import.meta.url));

/** ms of real time: a history that takes longer will not end. */
const LONGEST_HISTORY = 60_000;

/** Hunts a mutant in a process of its own, which the bug may hang or kill. */
export const huntMutant = ({ name, nodes }: Mutant, hunt: Hunt): Promise<Catch> =>
  new Promise((resolve, reject) => {
    const options = { ...hunt, mutant: name, ...(nodes !== undefined && { sizes: [nodes] }) };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let runs = 0;
    let caught: Catch | undefined;
    let said = '';
    const hangs = setTimeout(() => {
      caught = { by: 'hung', runs, what: `a history took more than ${LONGEST_HISTORY} ms` };
      child.kill('SIGKILL');
    }, LONGEST_HISTORY);
    createInterface(child.stdout).on('line', (line) => {
      hangs.refresh();
      const told = JSON.parse(line) as Catch | number;
      if (typeof told === 'number') runs = told;
      else caught ??= told;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(hangs);
      resolve(caught ?? { by: 'died', runs, what: `the process ended with ${signal ?? code}: ${said}` });
    });
  });
