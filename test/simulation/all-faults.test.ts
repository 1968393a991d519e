import { allFaults, type Fault } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { cluster } from './cluster.js';
import { everything } from './multi-paxos-history.js';

/** A cluster under load that meets one fault for a second, and then lives on without. */
const meeting = (fault: Fault, seed: number) => {
  const { ids, world, clients, leaders } = cluster({ seed, size: 4, others: ['x'] });
  world.boot();
  const workload = clients({ clients: 2, nodes: world.options.nodes, deadline: 1000 });
  expect(world.runUntil(() => leaders().length > 0, 10_000)).toBe(true);
  world.runFor(500);
  const end = fault.begin(world, world.random.split('fault'));
  world.runFor(1000);
  end?.();
  const whole =
    ids.every((one) => ids.every((other) => !world.network.isCut(one, other))) &&
    world.options.nodes.every((id) => world.host(id).disk.faultOf('list', '') === undefined);
  world.heal();
  world.runFor(500);
  workload.stop();
  const settled = world.runUntil(() => workload.pending === 0 && world.agrees(ids), 20_000);
  world.conclude();
  return { began: end !== undefined, whole, settled, hash: world.trace.hash };
};

describe('every fault', () => {
  test.each(allFaults.map((fault) => [fault.name, fault] as const))(
    '%s ends, leaves nothing behind, and goes the same way again',
    (_name, fault) => {
      const seed = [1, 2, 3].find((seed) => meeting(fault, seed).began) ?? 0;
      const [one, two] = [meeting(fault, seed), meeting(fault, seed)];
      expect(one).toMatchObject({ began: true, whole: true, settled: true });
      expect(two).toEqual(one);
    },
  );

  test('has a name of its own', () => {
    expect(new Set(allFaults.map(({ name }) => name)).size).toBe(allFaults.length);
  });
});

const SIZES = [3, 5, 4, 5, 3, 2, 5, 1];

test('every invariant holds, and the cluster serves again, under everything at once', { timeout: 240_000 }, () => {
  const counts: Record<string, number> = {};
  const failures: Record<string, number> = {};
  let done = 0;
  for (let seed = 0; seed < 32; seed++) {
    const { nemesis, world, workload } = everything(seed, SIZES[seed % SIZES.length] ?? 3, 6000);
    for (const [fault, count] of Object.entries(nemesis.counts)) counts[fault] = (counts[fault] ?? 0) + count;
    for (const [code, count] of Object.entries(world.failures)) failures[code] = (failures[code] ?? 0) + count;
    done += workload.count('done');
  }
  // What never occurred was never tested.
  expect(Object.keys(counts).toSorted()).toEqual(allFaults.map(({ name }) => name).toSorted());
  for (const code of ['DAMAGED_LOG', 'NO_SPACE', 'STORAGE_FAILED']) expect(failures).toHaveProperty(code);
  expect(done).toBeGreaterThan(5000);
});

test('who listens changes nothing, though nodes die in the middle of what they tell', () => {
  const lived = (listens: boolean) => {
    const { world, clients } = cluster({ seed: 5, size: 3 });
    if (listens) world.trace.sink = () => {};
    world.boot();
    clients();
    for (let i = 0; i < 20; i++) {
      for (const id of world.up) world.host(id).crashAfter(40 + 30 * i, i % 2 === 0 ? 'kill' : 'power cut');
      world.runFor(200);
      world.boot();
      world.runFor(200);
    }
    return world.trace.hash;
  };
  expect(lived(true)).toBe(lived(false));
});
