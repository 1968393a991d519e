import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { Simulations } from '../simulator/src/simulations.js';

const program = (name: string): string => fileURLToPath(new URL(`../simulator/dist/${name}.js`, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'synod-simulate-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const simulate = (...args: string[]) => run('main', args);

const run = (name: string, args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program(name), ...args, '--out', directory], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr, last: stdout.trimEnd().split('\n').at(-1) as string };
};

const protocols = ['multi-paxos', 'multi-paxos-apart', 'multi-paxos-store'];

describe('npm run simulate', () => {
  test('passes on every cluster size, ends with 0, and its last line is what it came to', () => {
    const { status, last } = simulate('--nodes', '1,2,3,4,5,7', '--runs', '6', '--seed', '11', '--duration', '3', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(last)).toMatchObject({
      runs: 6,
      violations: 0,
      undecided: 0,
      events: expect.any(Number),
      commits: expect.any(Number),
      faults: expect.any(Object),
      seconds: expect.any(Number),
    });
    expect(JSON.parse(last).commits).toBeGreaterThan(100);
  });

  test('goes the same way in another process', () => {
    const from = (seed: string) => JSON.parse(simulate('--runs', '2', '--seed', seed, '--duration', '2', '--json').last).hash as string;
    const once = from('5');
    expect(from('5')).toBe(once);
    expect(from('6')).not.toBe(once);
  });

  test('lists what has a name', () => {
    const { status, stdout } = simulate('--list');
    expect(status).toBe(0);
    for (const name of [...protocols, 'Agreement', 'EventualProgress', 'NoFailure', 'partition', 'accept-below-promise'])
      expect(stdout).toContain(name);
  });

  test.each([
    [['--nodes', 'three'], '--nodes: found "three"; allowed is a whole number from 1 to 26'],
    [
      ['--protocol', 'raft'],
      '--protocol: found "raft"; allowed are multi-paxos, multi-paxos-apart, multi-paxos-flexible, multi-paxos-store, fast-paxos, fast-paxos-apart, synod, synod-apart, fast-synod, fast-synod-uncoordinated, register, register-flexible',
    ],
    [['--faults', 'network,rain'], '--faults: found "rain"; allowed are network, disk, process, client with commas between, all or none'],
    [['--mutant', 'none-such'], '--mutant: found "none-such"; --list tells what is allowed'],
    [['--speed', '9'], '--speed: no such option'],
    [['--replay', join(directory, 'nothing.json')], 'could not be read as JSON'],
  ])('called with %j ends with 2, and says what is allowed', (args, said) => {
    const { status, stderr } = simulate(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(said);
  });
});

describe('a violation', () => {
  // It shows in the first of them, and not without a fault.
  const violated = simulate('--mutant', 'vote-not-persisted', '--runs', '50', '--duration', '3');
  const saved = (name: string): string => readFileSync(join(directory, `multi-paxos-3-${seed}`, name), 'utf8');
  const seed = /--seed (\d+)/.exec(violated.stderr)?.[1];

  test('ends with 1, and tells the invariant, the seed, and how to see it again', () => {
    expect(violated.status).toBe(1);
    expect(violated.stderr).toMatch(/VIOLATION {2}\w+ does not hold: .* \(seed \d+, at [\d.]+ ms\)/);
    expect(violated.stderr).toMatch(/replay: +npm run simulate -- .*--seed \d+ --runs 1 .*--mutant vote-not-persisted/);
    expect(violated.stderr).toMatch(/shrunk: +\d+ faults to \d+, /);
  });

  test('is saved: the schedule, the transcript, the trace and the history', () => {
    expect(JSON.parse(saved('schedule.json'))).toMatchObject({ protocol: 'multi-paxos', nodes: 3, seed: Number(seed) });
    expect(saved('transcript.txt').length).toBeGreaterThan(100);
    for (const file of ['trace.jsonl', 'history.jsonl'])
      for (const line of saved(file).trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  });

  test('is told with the kinds of faults that it was drawn from, and is not lost where it cannot be saved', () => {
    writeFileSync(join(directory, 'file'), '');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        program('main'),
        '--mutant',
        'vote-not-persisted',
        '--seed',
        '2',
        '--duration',
        '2',
        '--faults',
        'process',
        '--out',
        join(directory, 'file', 'below'),
      ],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/replay: +npm run simulate -- .*--faults process --mutant vote-not-persisted/);
    expect(stderr).toMatch(/NOT SAVED: .*; --out names another directory/);
    expect(stdout).toContain('1 history: 1 violation, ');
  });

  test('happens again when its schedule is replayed with the bug, and not without', () => {
    const file = join(directory, `multi-paxos-3-${seed}`, 'schedule.json');
    const again = simulate('--replay', file);
    expect(again.status).toBe(1);
    const what = /VIOLATION {2}(\w+)/.exec(violated.stderr)?.[1];
    expect(again.stderr).toContain(`"invariant":"${what}"`);
    const { mutant, ...healthy } = JSON.parse(readFileSync(file, 'utf8'));
    expect(mutant).toBe('vote-not-persisted');
    writeFileSync(file, JSON.stringify(healthy));
    expect(simulate('--replay', file).status).toBe(0);
    for (const [wrong, said] of [
      [{ plan: [{ number: 0, fault: 'rain', at: 1, lasts: 1 }] }, '--replay: found the fault "rain"; allowed are partition, '],
      [{ nodes: 27 }, 'holds no history'],
    ] as const) {
      writeFileSync(file, JSON.stringify({ ...healthy, ...wrong }));
      const { status, stderr } = simulate('--replay', file);
      expect(status).toBe(2);
      expect(stderr).toContain(said);
    }
  });
});

test('npm run soak goes over all protocols and sizes until it is told to stop', () => {
  const { status, last } = run('soak', ['--seeds', '6', '--duration', '1', '--mutants', 'no', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(last)).toMatchObject({ runs: 6, violations: 0, undecided: 0 });
});

test('what was stopped ends what runs, which has not failed by that, and begins nothing more', async () => {
  const simulations = new Simulations();
  const running = simulations.run(['--runs', '1000000']);
  simulations.stop();
  const nothing = { output: '', failed: false };
  expect(await running).toEqual(nothing);
  expect(await simulations.run(['--list'])).toEqual(nothing);
});
