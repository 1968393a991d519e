import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Catch, Hunt } from './prey.js';

const PROGRAM = fileURLToPath(new URL('../dist/hunt.js', import.meta.url));

/** ms of real time: a history that takes longer does not end. */
const LONGEST_HISTORY = 180_000;
/** Of what a process says before it dies, so many characters are kept. */
const LAST_WORDS = 2000;

/** Hunts in a process of its own, which the bug may hang or kill. */
export const sendHunter = (hunt: Hunt, longest = LONGEST_HISTORY): Promise<Catch> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(hunt)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let runs = 0;
    let caught: Catch | undefined;
    let said = '';
    const hangs = setTimeout(() => {
      caught ??= { by: 'hung', runs, what: `a history took more than ${longest} ms` };
      child.kill('SIGKILL');
    }, longest);
    createInterface(child.stdout).on('line', (line) => {
      hangs.refresh();
      const told = JSON.parse(line) as Catch | number;
      if (typeof told === 'number') runs = told;
      else caught ??= told;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LAST_WORDS);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(hangs);
      resolve(caught ?? { by: 'died', runs, what: `the process ended with ${signal ?? code}: ${said}` });
    });
  });
