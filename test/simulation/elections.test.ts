import { always, between, calm, type DiskLatency, type NetworkConditions, quickDisk } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { type ClusterSetting, cluster } from './cluster.js';

const MINUTE = 60_000;

const slowDisk = (sync: number): DiskLatency => ({ ...quickDisk, sync: always(sync) });

/** A frame takes up to a fifth more or less than `delay`, and one in twenty leaves its place in the order. */
const slowNetwork = (delay: number): NetworkConditions => ({
  ...calm,
  delay: between(0.8 * delay, 1.2 * delay),
  late: between(1, delay),
  reordering: 50,
});

const underLoad = (setting: ClusterSetting) => {
  const { clients, ...simulated } = cluster(setting);
  const { world } = simulated;
  world.boot();
  const workload = clients({ deadline: MINUTE });
  return { ...simulated, workload };
};

interface Expected {
  /** ms from the first boot until one leads for good, and from its crash until another does. */
  readonly within: number;
  readonly again: number;
  /** Commands executed in the minute between. */
  readonly commands: number;
}

const electsOnce = (setting: ClusterSetting, { within, again, commands }: Expected): void => {
  const { world, workload, leaders, changes } = underLoad(setting);
  world.runFor(within);
  const [first] = leaders() as [string];
  expect(leaders()).toEqual([expect.any(String)]);
  const [before, done] = [changes.length, workload.count('done')];
  world.runFor(MINUTE);
  expect(changes.slice(before)).toEqual([]);
  expect(workload.count('done') - done).toBeGreaterThan(commands);
  world.crash(first);
  world.runFor(again);
  expect(leaders()).toEqual([expect.any(String)]);
  const served = workload.count('done');
  world.runFor(5000);
  expect(workload.count('done')).toBeGreaterThan(served);
};

/** Heartbeats come every 50 ms, and a leader may be silent for 400 ms: that this is too little must be learned. */
describe('three nodes elect one leader, which stays, and another when that one crashes', () => {
  test.each([
    [150, { within: 3000, again: 2000, commands: 700 }],
    [400, { within: 10_000, again: 6000, commands: 250 }],
    [1000, { within: 30_000, again: 10_000, commands: 100 }],
  ])('on disks that take %i ms to sync', (sync, expected) => {
    electsOnce({ seed: 1, disk: slowDisk(sync) }, expected);
  });

  test.each([
    [150, { within: 2000, again: 2000, commands: 350 }],
    [300, { within: 8000, again: 8000, commands: 150 }],
    [600, { within: 20_000, again: 15_000, commands: 75 }],
  ])('on a network that takes about %i ms one way', (delay, expected) => {
    electsOnce({ seed: 1, network: slowNetwork(delay) }, expected);
  });

  test('within 20 s on a network of 600 ms one way, whatever the seed', () => {
    for (let seed = 2; seed < 12; seed++) {
      const { world, leaders } = cluster({ seed, network: slowNetwork(600) });
      world.boot();
      world.runFor(20_000);
      expect([seed, leaders()]).toEqual([seed, [expect.any(String)]]);
    }
  });

  test('when the times that they are given have fractions', () => {
    const { world, leaders } = cluster({ seed: 1, settings: { heartbeat: 33.3, election: { least: 400.5 } } });
    world.boot();
    world.runFor(2000);
    expect(leaders()).toEqual([expect.any(String)]);
  });
});

describe('a leader whose own disk becomes slow', () => {
  test.each([
    [150, []],
    [400, []],
    [1000, ['stepped down', 'leading']],
    [4000, ['stepped down', 'leading']],
  ])('of %i ms a sync: %j, and commands are executed all the while', (sync, told) => {
    const { world, workload, leaders, changes } = underLoad({ seed: 1 });
    world.runFor(2000);
    const [first] = leaders() as [string];
    world.host(first).disk.latency = slowDisk(sync);
    const before = changes.length;
    for (let second = 0; second < 30; second += 5) {
      const done = workload.count('done');
      world.runFor(5000);
      expect([second, workload.count('done') - done > 100]).toEqual([second, true]);
    }
    expect(changes.slice(before).map(({ event }) => event.event)).toEqual(told);
    expect(leaders()).toHaveLength(1);
  });
});
