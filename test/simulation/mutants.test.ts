import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sendHunter } from '../simulator/src/hunter.js';
import { MUTANTS, type Mutant } from '../simulator/src/mutants/index.js';
import { FAULT_KINDS } from '../simulator/src/options.js';
import type { Catch, Hunt } from '../simulator/src/prey.js';
import { replacementsOf } from '../simulator/src/replacement.js';

const SETTING = { protocol: 'multi-paxos', sizes: [3], seed: 1, duration: 10_000, clients: 4, kinds: FAULT_KINDS };

/** Where a simulation breaks, however little happens before. */
const SHORT = { duration: 1000 };

const huntFor = (mutant: Mutant, runs: number, changes: Partial<Hunt> = {}, longest?: number): Promise<Catch> =>
  sendHunter({ ...SETTING, ...(mutant.protocol && { protocol: mutant.protocol }), runs, mutant, ...changes }, longest);

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
  const clients = 'packages/core/src/simulation/clients.ts';
  const begins = { name: 'a-bug', file: clients, find: 'this.#running = false;', breaks: 'the simulation itself' };

  // One of each part, from a seed at which it shows at once or nearly so. All of them: npm run simulate -- --mutant all
  test.concurrent.each([
    ['vote-not-persisted', 1],
    ['new-commands-in-old-slots', 1],
    ['chosen-by-one-vote', 1],
    ['snapshot-not-restored', 2],
    ['query-answered-at-once', 1],
    ['one-nonce-for-all', 1],
    ['results-forgotten', 1],
    ['sent-before-durable', 1],
    ['log-ends-before-its-last-frame', 1],
    ['register-rejection-told-from-phase-1', 1],
    ['register-attempt-not-remembered', 1],
    ['fast-majority-chooses', 1],
    ['fast-slots-proposed-in-unasked', 1],
    ['fast-read-at-the-commit-index', 2],
  ])('catches %s by an invariant', async (name, seed) => {
    expect(await huntFor(named(name), 20, { seed })).toMatchObject({ by: expect.stringMatching(/^[A-Z]/) });
  });

  test.concurrent.each([
    ['synod-own-value-proposed', 2],
    ['synod-late-promise', 1],
  ])('catches %s in histories of its protocol', async (name, seed) => {
    const setting = { ...SETTING, protocol: 'synod', runs: 20, seed, mutant: named(name) };
    expect(await sendHunter(setting)).toMatchObject({ by: expect.stringMatching(/^[A-Z]/) });
  });

  test.concurrent.each([
    ['log-without-end', 25],
    ['window-without-end', 7],
  ])('catches %s by BoundedLog, where that is watched alone', async (name, seed) => {
    expect(await huntFor(named(name), 40, { seed, alone: 'BoundedLog' })).toMatchObject({ by: 'BoundedLog' });
  });

  test.concurrent('is made with the faults and the clients that it is told', async () => {
    const mutant = named('vote-not-persisted');
    // With all faults it shows in this history.
    expect(await sendHunter({ ...SETTING, kinds: [], runs: 1, mutant })).toEqual({ runs: 1 });
    const unlessTwo = { ...begins, find: 'i < options.clients', replace: 'i < options.clients && (options.clients === 2 || no.bug)' };
    expect(await sendHunter({ ...SETTING, ...SHORT, clients: 2, runs: 1, mutant: unlessTwo })).toEqual({ runs: 1 });
    expect(await sendHunter({ ...SETTING, ...SHORT, runs: 1, mutant: unlessTwo })).toMatchObject({ by: 'threw' });
  });

  test.concurrent('catches nothing where there is no bug', async () => {
    expect(await sendHunter({ ...SETTING, runs: 3 })).toEqual({ runs: 3 });
  });

  test.concurrent('that finds no end in real time says so', async () => {
    expect(await huntFor({ ...begins, replace: 'for (;;);' }, 5, SHORT, 2000)).toMatchObject({ by: 'hung' });
  });

  test.concurrent('that finds no end in virtual time says so', async () => {
    const again = 'this.#running = false; const again = () => this.world.scheduler.schedule(again, 0); again();';
    expect(await huntFor({ ...begins, replace: again }, 5, SHORT)).toMatchObject({ by: 'undecided', runs: 1 });
  });

  test.concurrent('tells what broke the simulation', async () => {
    expect(await huntFor({ ...begins, replace: "throw new Error('a bug');" }, 5, SHORT)).toMatchObject({ by: 'threw', runs: 1 });
  });

  test.concurrent('tells what was rejected where nobody hears it', async () => {
    const rejects = "this.#running = false; Promise.reject(new Error('a bug'));";
    expect(await huntFor({ ...begins, replace: rejects }, 5, SHORT)).toMatchObject({ by: 'threw', runs: 1 });
  });

  test.concurrent('tells that the process died', async () => {
    expect(await huntFor({ ...begins, replace: 'process.abort();' }, 5, SHORT)).toMatchObject({ by: 'died', runs: 1 });
  });
});
