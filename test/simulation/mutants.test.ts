import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sendHunter } from '../simulator/src/hunter.js';
import { MUTANTS, type Mutant } from '../simulator/src/mutants/index.js';
import type { Catch } from '../simulator/src/prey.js';
import { replacementsOf } from '../simulator/src/replacement.js';

const SETTING = { protocol: 'multi-paxos', sizes: [3], seed: 1, duration: 10_000 };

const huntFor = (mutant: Mutant, runs: number, longest?: number): Promise<Catch> => sendHunter({ ...SETTING, runs, mutant }, longest);

const named = (name: string): Mutant => MUTANTS.find((mutant) => mutant.name === name) as Mutant;

describe('the mutants', () => {
  test('have names of their own, in words with hyphens', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
  });

  test.each(MUTANTS)('$name replaces something that stands in the compiled code once', (mutant) => {
    expect(replacementsOf(mutant)[0]?.find).not.toBe(mutant.replace);
  });

  test('are all listed', () => {
    const program = fileURLToPath(new URL('../simulator/dist/main.js', import.meta.url));
    const { stdout } = spawnSync(process.execPath, [program, '--list'], { encoding: 'utf8' });
    for (const { name, breaks } of MUTANTS) expect(stdout).toContain(`${name.padEnd(40)} ${breaks}`);
  });
});

describe('a hunt', () => {
  // One of each part, that shows soon. All of them: npm run simulate -- --mutant all
  test.concurrent.each([
    'vote-not-persisted',
    'new-commands-in-old-slots',
    'chosen-by-one-vote',
    'snapshot-not-restored',
    'query-answered-at-once',
    'one-nonce-for-all',
    'results-forgotten',
    'sent-before-durable',
    'log-ends-before-its-last-frame',
  ])('catches %s by an invariant', async (name) => {
    expect(await huntFor(named(name), 20)).toMatchObject({ by: expect.stringMatching(/^[A-Z]/) });
  });

  test.concurrent('catches nothing where there is no bug', async () => {
    expect(await sendHunter({ ...SETTING, runs: 5 })).toEqual({ runs: 5 });
  });

  const clients = 'packages/core/src/simulation/clients.ts';
  const begins = { name: 'a-bug', file: clients, find: 'this.#running = false;', breaks: 'the simulation itself' };

  test.concurrent('that finds no end in real time says so', async () => {
    expect(await huntFor({ ...begins, replace: 'for (;;);' }, 5, 2000)).toMatchObject({ by: 'hung' });
  });

  test.concurrent('that finds no end in virtual time says so', async () => {
    const again = 'this.#running = false; const again = () => this.world.scheduler.schedule(again, 0); again();';
    expect(await huntFor({ ...begins, replace: again }, 5)).toMatchObject({ by: 'undecided', runs: 1 });
  });

  test.concurrent('tells what broke the simulation', async () => {
    expect(await huntFor({ ...begins, replace: "throw new Error('a bug');" }, 5)).toMatchObject({ by: 'threw', runs: 1 });
  });

  test.concurrent('tells what was rejected where nobody hears it', async () => {
    const rejects = "this.#running = false; Promise.reject(new Error('a bug'));";
    expect(await huntFor({ ...begins, replace: rejects }, 5)).toMatchObject({ by: 'threw', runs: 1 });
  });

  test.concurrent('tells that the process died', async () => {
    expect(await huntFor({ ...begins, replace: 'process.abort();' }, 5)).toMatchObject({ by: 'died', runs: 1 });
  });
});
