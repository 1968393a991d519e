import { colocated, createNode, group, register } from '@synod/core';
import { always, calm, quickDisk, simulated, World } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import { describe, expect, test } from 'vitest';

const ONE_WAY = 5;
const IDS = ['a', 'b', 'c', 'd', 'e'];
const counts = group('counts', register<{ n: number }>());

/** A world in which only messages take time. */
const worldOf = (ids: readonly string[]): World => {
  const cluster = colocated(ids);
  const world = new World({
    seed: 1,
    nodes: ids,
    cluster,
    network: { ...calm, delay: always(ONE_WAY) },
    disk: { ...quickDisk, sync: always(0) },
    create: (parts) =>
      createNode({ self: parts.id, cluster }, simulated(parts), logStorage({ disk: parts.disk, segmentBytes: 65_536 }), counts),
  });
  world.boot();
  world.runFor(1000);
  return world;
};

/** How many messages, one after another, a change waits for. */
const delaysOf = (world: World, id: string, key: string): number => {
  const begun = world.now();
  let took: number | undefined;
  const changed$ = world
    .host(id)
    .node!.of(counts)
    .change$(key, (count) => ({ n: (count?.n ?? 0) + 1 }));
  changed$.subscribe(() => {
    took = world.now() - begun;
  });
  expect(world.runUntil(() => took !== undefined, 1000, 1)).toBe(true);
  return Math.round((took as number) / ONE_WAY);
};

describe.each([3, 5])(`with ${ONE_WAY} ms from node to node, a change at one of %i nodes`, (count) => {
  test('takes two round trips; a warm-cache register change takes one round trip', () => {
    const world = worldOf(IDS.slice(0, count));
    expect([1, 2, 3, 4].map(() => delaysOf(world, 'a', 'x'))).toEqual([4, 2, 2, 2]);
  });

  test('takes two round trips again for a key that the proposer has not changed, and one for the one that it has', () => {
    const world = worldOf(IDS.slice(0, count));
    expect(['x', 'y', 'x', 'y'].map((key) => delaysOf(world, 'a', key))).toEqual([4, 4, 2, 2]);
  });

  test('takes one round trip at the proposer that made the last, and not at another', () => {
    const world = worldOf(IDS.slice(0, count));
    const [cold, warm, elsewhere, there] = ['a', 'a', 'b', 'b'].map((id) => delaysOf(world, id, 'x'));
    expect([cold, warm, there]).toEqual([4, 2, 2]);
    expect(elsewhere).toBeGreaterThanOrEqual(4);
  });
});
