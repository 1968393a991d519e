import { type Disk, StorageError } from '@synod/core';
import {
  always,
  type Damage,
  type DiskLatency,
  failedSyncs,
  fullDisks,
  hungDisks,
  oldCopies,
  SECTOR_BYTES,
  SeededRandom,
  SimulatedDisk,
  slowDisks,
  VirtualScheduler,
  wipedDisks,
} from '@synod/core/simulation';
import { from, type ObservableInput } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { cluster } from '../cluster.js';
import { bareWorld } from './bare-world.js';

const NONE = always(0);
const instant: DiskLatency = { read: NONE, write: NONE, sync: NONE, name: NONE };

const newDisk = (seed: number) => {
  const disk = new SimulatedDisk('a', new SeededRandom(seed), undefined, instant);
  return { disk, mount: () => disk.mount(new VirtualScheduler().child()) };
};

/** What became of an operation within the call. */
const outcomeOf = <T>(input: ObservableInput<T>): { value?: T; error?: Error; ended: boolean } => {
  const outcome: { value?: T; error?: Error; ended: boolean } = { ended: false };
  from(input).subscribe({
    next: (value) => {
      outcome.value = value;
    },
    error: (error) => Object.assign(outcome, { error, ended: true }),
    complete: () => {
      outcome.ended = true;
    },
  });
  return outcome;
};

const resultOf = <T>(input: ObservableInput<T>): T => {
  const { value, error, ended } = outcomeOf(input);
  if (error !== undefined) throw error;
  if (!ended) throw new Error('not done');
  return value as T;
};

const sector = (value: number) => new Uint8Array(SECTOR_BYTES).fill(value);
const firstByte = (disk: Disk, name: string): number => {
  const bytes = resultOf(resultOf(disk.open(name, 'existing')).read(0, 1));
  return bytes[0] as number;
};

describe('a sync that fails', () => {
  test.each(['sync', 'writeDurably'] as const)('leaves what it covered anywhere or nowhere, or only in the page cache: %s', (operation) => {
    const fates = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { disk, mount } = newDisk(seed);
      const mounted = mount();
      const file = resultOf(mounted.open('f', 'create'));
      resultOf(mounted.syncDirectory());
      resultOf(file.writeDurably(0, sector(1)));
      if (operation === 'sync') resultOf(file.write(0, sector(2)));
      disk.impair((asked) => (asked === operation ? 'failed sync' : undefined));
      const { error } = outcomeOf(operation === 'sync' ? file.sync() : file.writeDurably(0, sector(2)));
      expect(error).toMatchObject({ code: 'EIO' });
      expect(disk.atFault).toBe(true);
      const read = firstByte(mounted, 'f');
      disk.crash('kill');
      const killed = firstByte(mount(), 'f');
      disk.crash('power cut');
      fates.add([read, killed, firstByte(mount(), 'f')].join(' '));
    }
    // On the disk, gone at once, read until the process died, or until the power failed.
    expect([...fates].toSorted()).toEqual(['1 1 1', '2 1 1', '2 2 1', '2 2 2']);
  });

  test('and is tried again succeeds, and yet makes nothing durable that was taken for clean', () => {
    const found = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { disk, mount } = newDisk(seed);
      const mounted = mount();
      const file = resultOf(mounted.open('f', 'create'));
      resultOf(mounted.syncDirectory());
      resultOf(file.writeDurably(0, sector(1)));
      resultOf(file.write(0, sector(2)));
      const end = disk.impair((operation) => (operation === 'sync' ? 'failed sync' : undefined));
      expect(outcomeOf(file.sync()).error).toBeDefined();
      end();
      if (firstByte(mounted, 'f') !== 2) continue;
      resultOf(file.sync());
      disk.crash('power cut');
      found.add(firstByte(mount(), 'f'));
    }
    expect([...found].toSorted()).toEqual([1, 2]);
  });

  test('covers again what was written again', () => {
    for (let seed = 0; seed < 30; seed++) {
      const { disk, mount } = newDisk(seed);
      const mounted = mount();
      const file = resultOf(mounted.open('f', 'create'));
      resultOf(mounted.syncDirectory());
      const end = disk.impair((operation) => (operation === 'writeDurably' ? 'failed sync' : undefined));
      expect(outcomeOf(file.writeDurably(0, sector(1))).error).toBeDefined();
      end();
      resultOf(file.writeDurably(0, sector(1)));
      disk.crash('power cut');
      expect(firstByte(mount(), 'f')).toBe(1);
    }
  });
});

describe('damage', () => {
  const written = (seed: number, syncs: number) => {
    const { disk, mount } = newDisk(seed);
    const mounted = mount();
    const file = resultOf(mounted.open('f', 'create'));
    resultOf(mounted.syncDirectory());
    for (let i = 0; i < syncs; i++) resultOf(file.writeDurably(i * SECTOR_BYTES, sector(i + 1)));
    disk.crash('power cut');
    const read = () => {
      const again = resultOf(mount().open('f', 'existing'));
      return [...resultOf(again.read(0, again.size))];
    };
    return { disk, mount, read };
  };

  test.each(['bit rot', 'lost write', 'misdirected write'] as const)('of %s changes one sector, and is undone', (how: Damage) => {
    const hit = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { disk, read } = written(seed, 5);
      const sound = read();
      const undo = disk.damage(how, new SeededRandom(seed));
      if (undo === undefined) continue;
      expect(disk.atFault).toBe(true);
      const damaged = read();
      const places = new Set(damaged.flatMap((byte, i) => (byte === sound[i] ? [] : [Math.floor(i / SECTOR_BYTES)])));
      expect(places.size).toBe(1);
      for (const place of places) hit.add(place);
      undo();
      expect(read()).toEqual(sound);
      expect(disk.atFault).toBe(false);
    }
    // The last two syncs are spared: after them a log may end.
    expect([...hit].toSorted()).toEqual([0, 1, 2]);
    expect(written(1, 2).disk.damage(how, new SeededRandom(1))).toBeUndefined();
  });

  test('that overlaps is undone in any order', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { disk, read } = written(seed, 5);
      const sound = read();
      const undos = ['one', 'two', 'three', 'four'].map((label) => disk.damage('bit rot', new SeededRandom(seed).split(label)));
      // Three sectors can be damaged, each once.
      expect(undos[3]).toBeUndefined();
      for (const undo of new SeededRandom(seed).shuffle(undos)) undo?.();
      expect(read()).toEqual(sound);
    }
  });

  test('at the end of a file is undone after any number of crashes', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { disk, mount } = newDisk(seed);
      const mounted = mount();
      resultOf(resultOf(mounted.open('new', 'create')).writeDurably(0, Uint8Array.of(1, 2, 3)));
      resultOf(mounted.rename('new', 'f'));
      resultOf(mounted.syncDirectory());
      disk.crash('power cut');
      const undo = disk.damage('bit rot', new SeededRandom(seed));
      expect(undo).toBeDefined();
      disk.crash('power cut');
      disk.crash('power cut');
      undo?.();
      expect([...resultOf(resultOf(mount().open('f', 'existing')).read(0, 9))]).toEqual([1, 2, 3]);
    }
  });

  test('is not undone where something was written since', () => {
    const { disk, mount, read } = written(1, 3);
    const undo = disk.damage('bit rot', new SeededRandom(1));
    resultOf(resultOf(mount().open('f', 'existing')).writeDurably(0, sector(9)));
    undo?.();
    expect(read().slice(0, SECTOR_BYTES)).toEqual([...sector(9)]);
  });
});

test('two things that slow a disk each take away only their own', () => {
  const { world, begin } = bareWorld({ nodes: ['a'] });
  const { disk } = world.host('a');
  const quick = disk.latency;
  const [one, two] = [begin(slowDisks, 'one'), begin(slowDisks, 'two')];
  const slower = disk.latency.sync;
  one();
  expect(disk.latency.sync).toBe(slower);
  expect(disk.latency.sync).not.toBe(quick.sync);
  two();
  expect(disk.latency).toEqual(quick);
});

test('a node that fails of its disk is counted and started again; any other failure ends the history', () => {
  const guilty = bareWorld({ nodes: ['a'] });
  const end = guilty.begin(fullDisks);
  outcomeOf(guilty.life('a').disk.open('f', 'create'));
  guilty.world.runFor(1);
  guilty.fail('a', new StorageError('NO_SPACE', 'the disk is full'));
  expect(guilty.world.up).toEqual([]);
  guilty.world.runFor(1000);
  expect(guilty.world.up).toEqual(['a']);
  expect(guilty.world.failures).toEqual({ NO_SPACE: 1 });
  end();
  // In this life nothing was wrong with the disk.
  guilty.fail('a', new StorageError('NO_SPACE', 'the disk is full'));
  expect(() => guilty.world.runFor(1)).toThrow(/NoFailure does not hold: node a failed: .*the disk is full/);
  const other = bareWorld({ nodes: ['a'] });
  other.begin(failedSyncs);
  for (let i = 0; i < 20; i++) outcomeOf(other.life('a').disk.syncDirectory());
  other.world.runFor(100);
  other.fail('a', new Error('not about the disk'));
  expect(() => other.world.runFor(1)).toThrow(/NoFailure/);
});

/** A cluster that has a leader and executes commands. */
const serving = (seed: number, size = 3) => {
  const made = cluster({ seed, size, settings: { snapshot: { slots: 40, bytes: 1 << 20 }, tail: 10 } });
  made.world.boot();
  const workload = made.clients({ deadline: 1000 });
  made.world.runFor(2500);
  const settles = () => {
    made.world.runFor(2500);
    workload.stop();
    const probes = made.ids.map((id) => workload.ask(id));
    expect(made.world.runUntil(() => workload.pending === 0 && made.world.agrees(made.ids), 20_000)).toBe(true);
    expect(workload.operations.filter(({ id, outcome }) => probes.includes(id) && outcome !== 'done')).toEqual([]);
    made.world.conclude();
  };
  return { ...made, workload, settles };
};

describe('on a cluster', () => {
  test.each([
    [failedSyncs, 'STORAGE_FAILED'],
    [fullDisks, 'NO_SPACE'],
  ] as const)('a node under $name fails with a typed error, and serves again', (fault, code) => {
    const { world, settles } = serving(1);
    const end = fault.begin(world, world.random.split('fault'));
    expect(world.runUntil(() => (world.failures[code] ?? 0) > 0, 5000)).toBe(true);
    end?.();
    world.heal();
    settles();
    expect(Object.keys(world.failures)).toEqual([code]);
  });

  test('a node whose disk hangs stays in the network, makes nothing durable, and lives again', () => {
    const { world, ids, settles, leaders } = serving(1);
    const random = world.random.split('fault');
    const end = hungDisks.begin(world, random);
    const hung = world.options.nodes.find((id) => {
      const { disk } = world.host(id);
      return disk.faultOf('list', '') === 'hang';
    }) as string;
    world.runFor(3000);
    expect(leaders()).toEqual([expect.any(String)]);
    expect(leaders()).not.toContain(hung);
    for (const id of ids) if (id !== hung) world.crash(id);
    const { sent } = world.network.counts;
    world.runFor(1000);
    expect(world.up).toEqual([hung]);
    expect(world.network.counts.sent).toBeGreaterThan(sent);
    expect(world.host(hung).node?.status().unsynced).toBeGreaterThan(0);
    end?.();
    expect(world.host(hung).node?.status().unsynced).toBe(0);
    world.heal();
    settles();
  });

  test.each(['bit rot', 'lost write', 'misdirected write'] as const)(
    'a node with a %s refuses to start, or it is of no consequence; undone, it serves',
    (how) => {
      let refused = 0;
      for (let seed = 0; seed < 5; seed++) {
        const { world, settles } = serving(seed);
        const id = world.random.split('victim').pick(world.options.nodes);
        world.crash(id);
        const undo = world.host(id).disk.damage(how, world.random.split('damage'));
        world.restart(id);
        world.runFor(1000);
        for (const [code, times] of Object.entries(world.failures)) {
          expect(code).toMatch(/^DAMAGED_(LOG|CHECKPOINT|IDENTITY)$/);
          refused += times;
        }
        undo?.();
        world.heal();
        settles();
      }
      expect(refused).toBeGreaterThan(1);
    },
  );

  test('a wiped node learns and answers, and never votes; at most a minority is wiped', () => {
    const { world, ids, status, settles } = serving(1, 5);
    const ends = ['one', 'two', 'three'].map((label) => wipedDisks.begin(world, world.random.split(label)));
    expect(ends.map((end) => end !== undefined)).toEqual([true, true, false]);
    for (const end of ends) end?.();
    world.runFor(5000);
    expect(world.wiped.size).toBe(2);
    expect(ids.filter((id) => status(id).formed === false)).toEqual(ids.filter((id) => world.wiped.has(id)));
    settles();
    expect(wipedDisks.begin(cluster({ seed: 1, size: 2 }).world, new SeededRandom(1))).toBeUndefined();
  });

  test('a node on an old copy of its disk is refused, again and again, until its newest data is back', () => {
    const { world, ids, status, settles } = serving(1, 3);
    world.runFor(1000);
    const end = oldCopies.begin(world, world.random.split('fault'));
    world.runFor(2000);
    expect(world.failures.OLD_DATA).toBeGreaterThan(3);
    end?.();
    const before = { ...world.failures };
    world.runFor(2000);
    expect(world.failures).toEqual(before);
    expect(ids.map((id) => status(id).admitted)).toEqual([true, true, true]);
    settles();
  });

  test('no disk is exchanged for an old copy where the others might not know of the life that is lost', () => {
    const { world, ids } = serving(1, 3);
    world.runFor(1000);
    world.wipe(ids[0] as string);
    const end = oldCopies.begin(world, world.random.split('fault'));
    world.runFor(2000);
    end?.();
    expect(world.failures.OLD_DATA).toBeUndefined();
    expect(oldCopies.begin(cluster({ seed: 1, size: 1 }).world, new SeededRandom(1))).toBeUndefined();
  });
});
