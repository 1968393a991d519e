import type { Disk, DiskFile } from '@synod/core';
import { always, type DiskLatency, quickDisk, SECTOR_BYTES, SeededRandom, SimulatedDisk, VirtualScheduler } from '@synod/core/simulation';
import { from, type ObservableInput } from 'rxjs';
import { describe, expect, test } from 'vitest';

const NONE = always(0);
const instant: DiskLatency = { read: NONE, write: NONE, sync: NONE, name: NONE };

const setUp = (seed = 1, latency = instant) => {
  const scheduler = new VirtualScheduler();
  const disk = new SimulatedDisk('a', new SeededRandom(seed), undefined, latency);
  return { scheduler, disk, mount: () => disk.mount(scheduler.child()) };
};

/** What an operation gave that was done within the call. */
const done = <T>(input: ObservableInput<T>): T => {
  const state: { value?: T; error?: unknown; complete: boolean } = { complete: false };
  from(input).subscribe({
    next: (value) => {
      state.value = value;
    },
    error: (error) => {
      state.error = error;
    },
    complete: () => {
      state.complete = true;
    },
  });
  if (state.error !== undefined) throw state.error;
  if (!state.complete) throw new Error('not done');
  return state.value as T;
};

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const create = (disk: Disk, name: string): DiskFile => done(disk.open(name, 'create'));
const read = (disk: Disk, name: string): Uint8Array => {
  const file = done(disk.open(name, 'existing'));
  return done(file.read(0, file.size));
};

describe('the simulated disk', () => {
  test('reads back what was written, in pieces that fit no sector', () => {
    const { mount } = setUp();
    const disk = mount();
    const file = create(disk, 'f');
    const whole = new Uint8Array(5000);
    const random = new SeededRandom(9);
    for (let i = 0; i < 200; i++) {
      const position = random.below(4000);
      const piece = bytes(random.between(1, 1000), random.below(256));
      whole.set(piece, position);
      done(file.write(position, piece));
    }
    const { size } = file;
    expect(done(file.read(0, 10_000))).toEqual(whole.slice(0, size));
    expect(done(file.read(777, 1234))).toEqual(whole.slice(777, 777 + 1234));
    expect(done(file.read(size, 10))).toHaveLength(0);
  });

  test('what lies between the old end of a file and a write beyond it is zeros, also after a truncation', () => {
    const { mount } = setUp();
    const file = create(mount(), 'f');
    done(file.write(0, bytes(1000, 7)));
    done(file.truncate(100));
    done(file.write(900, bytes(10, 8)));
    const expected = new Uint8Array(910);
    expected.fill(7, 0, 100);
    expected.fill(8, 900);
    expect(done(file.read(0, 2000))).toEqual(expected);
  });

  test('what was synced survives every power cut, under a name whose directory was synced', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { disk, mount } = setUp(seed);
      const before = mount();
      const file = create(before, 'f');
      done(before.syncDirectory());
      done(file.write(0, bytes(3000, 1)));
      done(file.sync());
      done(file.writeDurably(3000, bytes(300, 2)));
      disk.crash('power cut');
      expect(read(mount(), 'f')).toEqual(Uint8Array.from([...bytes(3000, 1), ...bytes(300, 2)]));
    }
  });

  test('of what was not synced a power cut keeps any part, and nothing else', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const { disk, mount } = setUp(seed);
      const before = mount();
      const file = create(before, 'f');
      done(before.syncDirectory());
      done(file.writeDurably(0, bytes(2 * SECTOR_BYTES, 1)));
      done(file.write(0, bytes(3 * SECTOR_BYTES, 2)));
      disk.crash('power cut');
      const found = read(mount(), 'f');
      expect([2, 3]).toContain(found.length / SECTOR_BYTES);
      const sectors = Array.from({ length: found.length / SECTOR_BYTES }, (_, i) =>
        found.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES),
      );
      for (const sector of sectors) expect(new Set(sector).size).toBe(1);
      outcomes.add(sectors.map((sector) => sector[0]).join());
      for (const [i, sector] of sectors.entries()) expect(i < 2 ? [1, 2] : [0, 2]).toContain(sector[0]);
    }
    // Two sectors that were there, old or new, and none, a lost or a kept third.
    expect([...outcomes].toSorted()).toEqual([
      '1,1',
      '1,1,0',
      '1,1,2',
      '1,2',
      '1,2,0',
      '1,2,2',
      '2,1',
      '2,1,0',
      '2,1,2',
      '2,2',
      '2,2,0',
      '2,2,2',
    ]);
  });

  test('tells what a crash would leave, of writes in flight too, and nothing happens to it', () => {
    const { disk, mount, scheduler } = setUp(1);
    const before = mount();
    const file = create(before, 'f');
    done(before.syncDirectory());
    done(file.writeDurably(0, bytes(SECTOR_BYTES, 1)));
    done(create(before, 'unsynced').write(0, bytes(SECTOR_BYTES, 1)));
    disk.latency = quickDisk;
    let written = false;
    from(file.writeDurably(0, bytes(2 * SECTOR_BYTES, 2))).subscribe({ complete: () => (written = true) });
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const left = disk.crashed('power cut', new SeededRandom(seed));
      left.latency = instant;
      const after = left.mount(scheduler.child());
      const found = read(after, 'f');
      outcomes.add([...done(after.list()), ...[0, SECTOR_BYTES].map((at) => found[at])].join(' '));
    }
    const each = ['f 1 ', 'f 1 0', 'f 1 2', 'f 2 ', 'f 2 0', 'f 2 2'];
    expect(outcomes).toEqual(new Set([...outcomes].filter((outcome) => each.includes(outcome.replace(' unsynced', '')))));
    expect(outcomes.size).toBeGreaterThan(6);
    expect(written).toBe(false);
    scheduler.flush();
    expect(written).toBe(true);
    disk.latency = instant;
    expect(read(before, 'f')).toEqual(bytes(2 * SECTOR_BYTES, 2));
    expect(read(before, 'unsynced')).toEqual(bytes(SECTOR_BYTES, 1));
    disk.crash('power cut');
    expect(read(mount(), 'f')).toEqual(bytes(2 * SECTOR_BYTES, 2));
  });

  test('names whose directory was not synced come and go with a power cut, renames whole', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { disk, mount } = setUp(seed);
      const before = mount();
      for (const name of ['old', 'kept']) done(create(before, name).writeDurably(0, bytes(1, 1)));
      done(before.syncDirectory());
      done(create(before, 'aside').writeDurably(0, bytes(1, 2)));
      done(before.rename('aside', 'old'));
      done(before.remove('kept'));
      disk.crash('power cut');
      const after = mount();
      outcomes.add(
        done(after.list())
          .map((name) => `${name}${read(after, name).join()}`)
          .join(' '),
      );
    }
    expect([...outcomes].toSorted()).toEqual(['aside2 kept1 old1', 'aside2 old1', 'kept1 old1', 'kept1 old2', 'old1', 'old2']);
  });

  test('a killed process leaves all that it wrote, and its lock', () => {
    const { disk, mount } = setUp();
    const before = mount();
    expect(done(before.lock())).toBe(true);
    done(create(before, 'f').write(0, bytes(100, 1)));
    const other = mount();
    expect(done(other.lock())).toBe(false);
    disk.crash('kill');
    const after = mount();
    expect(done(after.lock())).toBe(true);
    expect(read(after, 'f')).toEqual(bytes(100, 1));
  });

  test('operations take their time, and those in flight when the process dies are never answered', () => {
    const { scheduler, disk, mount } = setUp(1, quickDisk);
    const before = mount();
    const heard: string[] = [];
    let file: DiskFile | undefined;
    before.open('f', 'create').subscribe((opened) => {
      file = opened;
      heard.push('opened');
    });
    expect(heard).toEqual([]);
    scheduler.flush();
    from(file!.sync()).subscribe({ complete: () => heard.push('synced') });
    scheduler.flush();
    expect(heard).toEqual(['opened', 'synced']);
    expect(scheduler.now()).toBeGreaterThan(0.2);
    from(file!.writeDurably(0, bytes(9, 1))).subscribe({ complete: () => heard.push('written') });
    disk.crash('power cut');
    from(file!.sync()).subscribe({ complete: () => heard.push('synced by a ghost') });
    scheduler.flush();
    expect(heard).toEqual(['opened', 'synced']);
  });

  test('a sync covers only the writes that were done when it was called', () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { scheduler, disk, mount } = setUp(seed);
      const before = mount();
      const file = create(before, 'f');
      done(before.syncDirectory());
      disk.latency = { ...instant, write: always(5), sync: always(10) };
      from(file.write(0, bytes(10, 1))).subscribe();
      from(file.sync()).subscribe();
      scheduler.flush();
      disk.crash('power cut');
      disk.latency = instant;
      found.add(read(mount(), 'f').join());
    }
    expect([...found].toSorted()).toEqual(['', '0,0,0,0,0,0,0,0,0,0', '1,1,1,1,1,1,1,1,1,1']);
  });

  test('files that are not there, or there already, or closed, are errors with the codes of a platform', () => {
    const disk = setUp().mount();
    expect(() => done(disk.open('f', 'existing'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    const file = create(disk, 'f');
    expect(() => create(disk, 'f')).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => done(disk.remove('g'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    done(file.close());
    expect(() => done(file.sync())).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  test('an older copy comes back as it was, as often as it is put back, and survives a power cut', () => {
    const { disk, mount } = setUp();
    const before = mount();
    const file = create(before, 'kept');
    done(file.write(0, bytes(1000, 1)));
    done(before.syncDirectory());
    done(file.sync());
    done(file.write(600, bytes(100, 2)));
    const copy = disk.copy();
    const whole = read(before, 'kept');
    for (let time = 0; time < 2; time++) {
      const now = mount();
      done(done(now.open('kept', 'existing')).truncate(10));
      create(now, 'later');
      disk.crash('kill');
      disk.restore(copy);
      disk.crash('power cut');
      const after = mount();
      expect(done(after.list())).toEqual(['kept']);
      expect(read(after, 'kept')).toEqual(whole);
    }
  });

  test('an operation fails or hangs when told to', () => {
    const { disk, mount } = setUp();
    const mounted = mount();
    const file = create(mounted, 'f');
    const end = disk.impair((operation) => (operation === 'sync' ? new Error('EIO') : operation === 'list' ? 'hang' : undefined));
    expect(() => done(file.sync())).toThrow('EIO');
    expect(() => done(mounted.list())).toThrow('not done');
    end();
    done(file.write(0, bytes(4, 0)));
    disk.rot('f', 2, 3);
    expect([...read(mounted, 'f')]).toEqual([0, 0, 8, 0]);
  });
});
