import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { counts, grid, majority, topology } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { DEPLOYMENTS, type Deployment, LEADER } from '../../examples/topologies/src/deployments.js';
import { toleranceOf } from '../../examples/topologies/src/tolerance.js';

const program = fileURLToPath(new URL('../../examples/topologies/dist/main.js', import.meta.url));
const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, [program, ...args]);

/** ms. The program ends itself before: eleven processes start in it, and the machine may be busy. */
const LIMIT = 130_000;

describe('processes over ZeroMQ, with their data in files,', () => {
  test.each([
    ['apart', /^ +[\d.]+ s {2}(l1|l2), a3, s2 killed \(SIGKILL\): \1 led$/m, 's1, s2'],
    ['read-replicas', /^ +[\d.]+ s {2}([abc]), r2 killed \(SIGKILL\): \1 led$/m, 'a, b, c, r1, r2'],
  ])(
    'go on as %s without what they may lose, and catch up with it',
    async (name, killed, learners) => {
      const { stdout } = await run(name).catch((error) => error);
      expect(stdout).toContain('a client node outside the topology has added 1 5 times: 5\n');
      const [, leader] = killed.exec(stdout) ?? [];
      const [, next] = /has added 1 5 times more: 10; (\w+) leads\n/.exec(stdout) ?? [];
      expect([leader, next]).toEqual([expect.any(String), expect.any(String)]);
      expect(next).not.toBe(leader);
      expect(stdout).toContain(`and 5 times more: 15; every learner has executed that: ${learners}\n`);
      if (name === 'read-replicas') expect(stdout).toContain('asked for what their own replicas hold, a, b, c, r1, r2 answer 15\n');
    },
    LIMIT,
  );
});

const nodesOf = ({ roles }: Deployment) => topology(roles).playing('acceptor');

describe('a deployment', () => {
  test.each(Object.entries(DEPLOYMENTS))('%s survives what it says it may lose', (_, deployment) => {
    const placed = topology(deployment.roles);
    const leaders = deployment.loses.includes(LEADER) ? placed.playing('leader') : [''];
    for (const leader of leaders) {
      const lost = deployment.loses.map((node) => (node === LEADER ? leader : node));
      const left = (role: string) => placed.playing(role).filter((node) => !lost.includes(node));
      const acceptors = new Set(left('acceptor'));
      const { isPhase1, isPhase2 } = deployment.quorums(nodesOf(deployment));
      expect([isPhase2(acceptors), left('leader').length > 0, left('learner').length > 0]).toEqual([true, true, true]);
      // Who leads may be among them, where a leader's node is lost.
      if (lost.some((node) => placed.plays(node, 'leader'))) expect([lost, isPhase1(acceptors)]).toEqual([lost, true]);
    }
  });

  test('is asked for by name', async () => {
    const { stdout } = await run('--help');
    for (const name of Object.keys(DEPLOYMENTS)) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    await expect(run('appart')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('found "appart"; allowed is one of') });
  });
});

describe('how many acceptors may crash', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];

  test('is the most of which any may', () => {
    expect(toleranceOf(five, majority)).toEqual({ withElections: 2, underTheLeader: 2 });
    expect(toleranceOf(five, counts({ phase1: 4, phase2: 2 }))).toEqual({ withElections: 1, underTheLeader: 3 });
    expect(toleranceOf(['a'], majority)).toEqual({ withElections: 0, underTheLeader: 0 });
  });

  test('is not what some lucky choice of them would allow', () => {
    const rows = grid([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
    // Both rows have lost one when two of different rows crash.
    expect(toleranceOf([...five, 'f'], rows)).toEqual({ withElections: 1, underTheLeader: 1 });
  });
});
