import {
  bridges,
  calm,
  chains,
  constrained,
  delayBursts,
  duplicationBursts,
  type Fault,
  flappingLinks,
  lossBursts,
  oldReplays,
  oneWayCuts,
  partitions,
  quorumLosses,
  reorderingBursts,
  rings,
} from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { bareWorld } from './bare-world.js';

const ALL_PAIRS = 10;

const neighbours = (linked: readonly string[], node: string): string[] =>
  linked.filter((pair) => pair.includes(node)).map((pair) => pair.replace(node, ''));

/** How many links each of the five nodes has, fewest first. */
const degrees = (linked: readonly string[]): number[] =>
  'abcde'
    .split('')
    .map((node) => neighbours(linked, node).length)
    .toSorted();

/** Who reaches whom, directly or through others. */
const islands = (nodes: readonly string[], linked: readonly string[]): number => {
  const left = new Set(nodes);
  let count = 0;
  const visit = (node: string): void => {
    if (left.delete(node)) for (const next of neighbours(linked, node)) visit(next);
  };
  for (const node of nodes) {
    if (left.has(node)) count++;
    visit(node);
  }
  return count;
};

describe('a topology', () => {
  const shapes: readonly [Fault, readonly number[]][] = [
    [chains, [1, 1, 2, 2, 2]],
    [rings, [2, 2, 2, 2, 2]],
    [quorumLosses, [1, 1, 1, 1, 4]],
    [constrained, [0, 1, 1, 1, 3]],
  ];

  test.each(shapes.map(([fault, expected]) => [fault.name, fault, expected] as const))(
    '%s has its links, and ends',
    (_name, fault, expected) => {
      for (let seed = 0; seed < 10; seed++) {
        const { begin, linked } = bareWorld({ seed, leader: 'c' });
        const end = begin(fault);
        expect(degrees(linked())).toEqual(expected);
        expect(islands('abcde'.split(''), linked())).toBe(fault === constrained ? 2 : 1);
        end();
        expect(linked()).toHaveLength(ALL_PAIRS);
      }
    },
  );

  test('bridge falls apart without one node, and only without that', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { begin, linked } = bareWorld({ seed });
      begin(bridges);
      expect(islands('abcde'.split(''), linked())).toBe(1);
      const without = 'abcde'.split('').map((node) =>
        islands(
          'abcde'.split('').filter((other) => other !== node),
          linked().filter((pair) => !pair.includes(node)),
        ),
      );
      expect(without.toSorted()).toEqual([1, 1, 1, 1, 2]);
    }
  });

  test('that is about the leader knows it, and cannot be without one', () => {
    for (let seed = 0; seed < 10; seed++) {
      const lost = bareWorld({ seed, leader: 'c' });
      lost.begin(quorumLosses);
      expect(neighbours(lost.linked(), 'c')).toHaveLength(1);
      const isolated = bareWorld({ seed, leader: 'c' });
      isolated.begin(constrained);
      expect(neighbours(isolated.linked(), 'c')).toEqual([]);
    }
    const { begin } = bareWorld();
    expect(() => begin(quorumLosses)).toThrow('quorum loss cannot happen now');
    expect(() => begin(constrained)).toThrow('constrained cannot happen now');
  });

  test('leaves those alone that are no members', () => {
    const { begin, linked } = bareWorld({ nodes: ['a', 'b', 'c', 'x'], members: ['a', 'b', 'c'] });
    begin(chains);
    expect(neighbours(linked(), 'x')).toEqual(['a', 'b', 'c']);
    expect(linked()).toHaveLength(3 + 2);
  });
});

describe('cuts that overlap', () => {
  test('hold a link until the last of them ends, in whichever order', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { begin, linked, world } = bareWorld({ leader: 'a' });
      const ends = [begin(quorumLosses, 'one'), begin(constrained, 'two')];
      ends[order[0]]?.();
      expect(linked().length).toBeLessThan(ALL_PAIRS);
      // Ends only what is its own, however often it is told to.
      ends[order[0]]?.();
      expect(linked().length).toBeLessThan(ALL_PAIRS);
      ends[order[1]]?.();
      expect(linked()).toHaveLength(ALL_PAIRS);
      expect(world.network.isCut('a', 'b')).toBe(false);
    }
  });

  test('all end when the network heals, and end nothing that came after', () => {
    const { begin, linked, world } = bareWorld();
    const before = [begin(partitions), begin(oneWayCuts), begin(chains)];
    world.network.heal();
    expect(linked()).toHaveLength(ALL_PAIRS);
    begin(partitions, 'after');
    const after = linked();
    expect(after.length).toBeLessThan(ALL_PAIRS);
    for (const end of before) end();
    expect(linked()).toEqual(after);
  });

  test('a link that flaps is cut and mended many times a second', () => {
    const { begin, events, linked, world } = bareWorld();
    const end = begin(flappingLinks);
    world.runFor(1000);
    end();
    expect(linked()).toHaveLength(ALL_PAIRS);
    const cuts = events.filter((event) => event.startsWith('cut'));
    expect(cuts.length / new Set(cuts).size).toBeGreaterThan(5);
    expect(events.filter((event) => event.startsWith('mend'))).toHaveLength(cuts.length);
    world.runFor(1000);
    expect(events.filter((event) => event.startsWith('cut'))).toHaveLength(cuts.length);
  });
});

/** 400 frames over all links, one a ms, the number of each its text. */
const traffic = ({ world, send }: ReturnType<typeof bareWorld>): void => {
  for (let i = 0; i < 400; i++) {
    send('abcde'[i % 5] as string, 'abcde'[(i + 1 + (i % 4)) % 5] as string, `${i}`);
    world.runFor(1);
  }
  world.runFor(2000);
};

describe('a burst', () => {
  const isUnordered = (heard: readonly string[]): boolean => {
    const lastOn = new Map<string, number>();
    return heard.some((line) => {
      const [to, text] = line.split(' ') as [string, string];
      const link = `${to} ${Number(text) % 20}`;
      const before = lastOn.get(link) ?? -1;
      lastOn.set(link, Number(text));
      return before > Number(text);
    });
  };
  const bursts: readonly [Fault, (bare: ReturnType<typeof bareWorld>) => boolean][] = [
    [lossBursts, ({ world }) => world.network.counts.lost > 0],
    [duplicationBursts, ({ world }) => world.network.counts.duplicated > 0],
    [reorderingBursts, ({ heard }) => isUnordered(heard)],
    [delayBursts, ({ world, send }) => send('a', 'b', 'late') && world.runFor(0.5) === undefined && world.network.counts.delivered === 400],
  ];

  test.each(bursts.map(([fault, shows]) => [fault.name, fault, shows] as const))('of %s happens, and ends', (_name, fault, shows) => {
    for (const label of ['one', 'two', 'three', 'four']) {
      const bare = bareWorld();
      const end = bare.begin(fault, label);
      traffic(bare);
      const shown = shows(bare);
      end();
      bare.world.runFor(2000);
      const { delivered, lost, duplicated } = bare.world.network.counts;
      bare.heard.length = 0;
      traffic(bare);
      expect(bare.world.network.counts).toMatchObject({ delivered: delivered + 400, lost, duplicated });
      expect(bare.heard.map((line) => line.split(' ')[1])).toEqual(Array.from({ length: 400 }, (_, i) => `${i}`));
      if (shown) return;
    }
    throw new Error(`${fault.name} never showed`);
  });

  test('adds to what the network does anyway, and to other bursts', () => {
    const { world, send } = bareWorld();
    const { network } = world;
    network.conditions = { ...calm, loss: 500 };
    const ends = [500, 500].map((loss) => network.worsen([['a', 'b']], (than) => ({ ...than, loss: than.loss + Math.floor(loss / 2) })));
    for (let i = 0; i < 100; i++) send('a', 'b', `${i}`);
    expect(network.counts.lost).toBe(100);
    ends[0]?.();
    network.conditions = { ...calm, loss: 750 };
    for (let i = 0; i < 100; i++) send('a', 'b', `${i}`);
    expect(network.counts.lost).toBe(200);
    for (let i = 0; i < 1000; i++) send('c', 'b', `${i}`);
    expect(network.counts.lost).toBeLessThan(1200);
    network.heal();
    network.conditions = calm;
    for (let i = 0; i < 100; i++) send('a', 'b', `${i}`);
    expect(network.counts.lost).toBeLessThan(1200);
  });
});

test('an old replay brings frames again after everything moved on, to later lives too', () => {
  const { world, begin, send, heard } = bareWorld();
  begin(oldReplays, 'first')();
  for (let i = 0; i < 50; i++) {
    send('a', 'b', `${i}`);
    world.runFor(1);
  }
  world.runFor(60_000);
  expect(heard).toHaveLength(50);
  world.crash('b');
  world.restart('b');
  const end = begin(oldReplays, 'second');
  world.runFor(3000);
  end();
  const { replayed } = world.network.counts;
  expect(replayed).toBeGreaterThan(10);
  expect(heard).toHaveLength(50 + replayed);
  expect(heard.slice(50).every((line) => /^b2 \d+$/.test(line))).toBe(true);
  expect(new Set(heard.slice(50)).size).toBeGreaterThan(5);
  world.runFor(3000);
  expect(heard).toHaveLength(50 + replayed);
});
