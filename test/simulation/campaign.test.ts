import { allFaults } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { Campaign } from '../simulator/src/campaign.js';
import { FAULT_KINDS } from '../simulator/src/options.js';
import { PROTOCOLS } from '../simulator/src/protocols.js';
import { addTo, emptyTotals } from '../simulator/src/totals.js';
import { turn } from '../simulator/src/turn.js';

const SIZES = [1, 2, 3, 4, 5, 7, 3, 5];

const live = async (protocol: string, runs: number, duration: number, setting: { seed?: number; sizes?: readonly number[] } = {}) => {
  const options = { protocol, runs, duration, sizes: SIZES, seed: 1, clients: 4, kinds: FAULT_KINDS, ...setting };
  const campaign = new Campaign(options);
  const failures: unknown[] = [];
  while (!campaign.done) {
    const failure = campaign.next();
    await turn();
    if (failure !== undefined) failures.push({ size: failure.size, seed: failure.run.seed, verdict: failure.run.verdict });
  }
  return { totals: campaign.totals, failures };
};

describe('under every fault, in all cluster sizes', () => {
  const all = emptyTotals();

  test.each([
    ['multi-paxos', 64],
    ['multi-paxos-apart', 24],
    ['multi-paxos-flexible', 24],
    ['multi-paxos-store', 24],
    ['fast-paxos', 24],
    ['fast-paxos-apart', 16],
    ['synod', 16],
    ['synod-apart', 16],
    ['fast-synod', 16],
    ['fast-synod-uncoordinated', 16],
    ['register', 16],
    ['register-flexible', 16],
  ])('%s holds every invariant and serves again, in %i histories', { timeout: 240_000 }, async (protocol, runs) => {
    const { totals, failures } = await live(protocol, runs, 4000);
    expect(failures).toEqual([]);
    expect(totals.commits).toBeGreaterThan(100 * runs);
    addTo(all, totals);
  });

  test('every protocol of the simulator has its share', () => {
    expect(Object.keys(PROTOCOLS)).toEqual([
      'multi-paxos',
      'multi-paxos-apart',
      'multi-paxos-flexible',
      'multi-paxos-store',
      'fast-paxos',
      'fast-paxos-apart',
      'synod',
      'synod-apart',
      'fast-synod',
      'fast-synod-uncoordinated',
      'register',
      'register-flexible',
    ]);
  });

  // What never occurred was never tested.
  test('everything that can go wrong did, and all that must be met with was', () => {
    expect(Object.keys(all.faults).toSorted()).toEqual(allFaults.map(({ name }) => name).toSorted());
    expect(Object.keys(all.refusals)).toEqual(expect.arrayContaining(['DAMAGED_LOG', 'NO_SPACE', 'OLD_DATA', 'STORAGE_FAILED']));
    expect(Object.entries(all.coverage).filter(([, histories]) => histories === 0)).toEqual([]);
    expect(Object.keys(all.coverage)).toEqual(
      expect.arrayContaining(['leader change', 'torn tail', 'snapshot install', 'gap fill', 'session retry executed once']),
    );
  });
});

test.each([1, 2, 3, 4, 5, 7])('the same seed goes the same way on %i nodes, and another goes another', async (size) => {
  const hash = async (seed: number) => (await live('multi-paxos', 1, 2000, { seed, sizes: [size] })).totals.hash;
  const [one, two, other] = [await hash(9), await hash(9), await hash(10)];
  expect(one).toBe(two);
  expect(one).not.toBe(other);
});

test('what is thrown out of a simulation is told with the seed that it happens at', async () => {
  const broken = (nodes: readonly string[]) => {
    const subject = (PROTOCOLS['multi-paxos'] as (typeof PROTOCOLS)[string])(nodes);
    const next = (): never => {
      throw new RangeError('no such operation');
    };
    return { ...subject, workload: { ...subject.workload, next } };
  };
  const protocols = PROTOCOLS as Record<string, typeof broken>;
  protocols.broken = broken;
  try {
    const seeded = () => live('broken', 1, 1000, { seed: 77, sizes: [5] });
    await expect(seeded()).rejects.toThrow(
      /the simulation of broken itself failed, seed 77, 5 nodes: RangeError: no such operation\n +at /,
    );
  } finally {
    delete protocols.broken;
  }
});
