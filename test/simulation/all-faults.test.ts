import { allFaults, type Fault } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { cluster } from './cluster.js';

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
