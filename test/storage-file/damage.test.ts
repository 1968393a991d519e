import { StorageError } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { MemoryDisk } from './memory-disk.js';
import { chance, checkpointOf, contents, failure, follow, IDENTITY, now, pieces, segment, storageOn } from './support.js';

/** A closed storage with everything in it that a storage may hold. */
const written = (): { disk: MemoryDisk; found: (disk: MemoryDisk) => unknown } => {
  const disk = new MemoryDisk();
  const { storage, open, append } = storageOn(disk);
  open();
  for (let i = 0; i < 12; i++) append(`record ${i} `.padEnd(60 + i * 9, '.'), `and ${i}`);
  now(storage.checkpoint('counters/acceptor', 5, pieces('a checkpoint', ' in', '', ' pieces')));
  append('the last');
  now(storage.close());
  const found = (opened: MemoryDisk): unknown => {
    const recovered = storageOn(opened).open();
    return { position: recovered.position, checkpoint: checkpointOf(recovered), records: contents(recovered) };
  };
  return { disk: disk.afterCrash(() => false), found };
};

const { disk: original, found } = written();
const expected = found(original.afterCrash(() => true));
const copy = (): MemoryDisk => original.afterCrash(() => true);

describe.each([...original.names.keys()])('a flipped bit in %s', (name) => {
  test('wherever it is, is refused or harms no acknowledged record', () => {
    const length = original.contents(name).length;
    let refused = 0;
    for (let offset = 0; offset < length; offset++) {
      const disk = copy();
      const bytes = disk.contents(name).slice();
      bytes[offset] = (bytes[offset] as number) ^ (1 << (offset % 8));
      disk.put(name, bytes);
      const { storage } = storageOn(disk);
      const { error } = follow(storage.open(IDENTITY));
      if (error) {
        refused++;
        expect(error, `byte ${offset}`).toBeInstanceOf(StorageError);
        expect(error.code, `byte ${offset}`).toMatch(/^DAMAGED_(LOG|CHECKPOINT|IDENTITY)$/);
        expect(error.message).toContain(`./data/a/${name.startsWith('segment') ? 'segment-' : name}`);
      } else expect(found(disk.afterCrash(() => false)), `byte ${offset}`).toEqual(expected);
    }
    // All of a checkpoint and of the identity is checked; of a log all but padding, and what no frame has reached.
    if (!name.startsWith('segment')) expect(refused).toBe(length);
  });

  test('or a cut anywhere, is refused or harms no acknowledged record, unless the cut takes the end of the log with its mark', () => {
    const isEnd = name === segment(3);
    for (let length = 0; length < original.contents(name).length; length += name.startsWith('segment') ? 5 : 1) {
      const disk = copy();
      disk.put(name, disk.contents(name).slice(0, length));
      const { error } = follow(storageOn(disk).storage.open(IDENTITY));
      if (error) expect(error).toBeInstanceOf(StorageError);
      else if (!isEnd) expect(found(disk.afterCrash(() => false)), `cut at ${length}`).toEqual(expected);
    }
  });
});

describe('a last batch that was never acknowledged', () => {
  const before = 'acknowledged';
  const batch = ['one', `two ${'.'.repeat(300)}`, 'three'];

  const during = (tear: (bytes: Uint8Array, from: number, to: number) => Uint8Array): MemoryDisk => {
    const disk = new MemoryDisk();
    const { open, append } = storageOn(disk);
    open();
    append(before);
    const without = disk.contents(segment(1)).slice();
    append(...batch);
    const withIt = disk.contents(segment(1)).slice();
    const from = without.findIndex((byte, at) => byte !== withIt[at]);
    const to = withIt.findLastIndex((byte) => byte !== 0) + 1;
    const after = disk.afterCrash(() => false);
    after.put(segment(1), tear(withIt, from, to));
    return after;
  };

  const check = (disk: MemoryDisk, what: string): void => {
    const second = storageOn(disk);
    const records = contents(second.open());
    expect([[before], [before, ...batch]], what).toContainEqual(records);
    second.append('next');
    expect(contents(storageOn(disk.afterCrash(() => false)).open()), what).toEqual([...records, 'next']);
  };

  test('cut off at any byte, is found whole or not at all, and the log goes on', () => {
    let lengths = 0;
    during((bytes, from, to) => {
      lengths = to - from;
      return bytes;
    });
    for (let kept = 0; kept <= lengths; kept++) {
      check(
        during((bytes, from) => bytes.slice(0, from + kept)),
        `file cut after ${kept} bytes`,
      );
      check(
        during((bytes, from) => bytes.map((byte, at) => (at < from + kept ? byte : 0))),
        `zeros after ${kept} bytes`,
      );
    }
  });

  test('of which any sectors are missing, is found whole or not at all, and the log goes on', () => {
    for (let seed = 0; seed < 200; seed++) {
      const draw = chance(seed);
      const kept = Array.from({ length: 64 }, () => draw() < 0.5);
      check(
        during((bytes, from) => bytes.map((byte, at) => (at < from || kept[at >> 4] ? byte : 0))),
        `seed ${seed}`,
      );
    }
  });
});

const temporary = (disk: MemoryDisk): string[] => [...disk.names.keys()].filter((name) => name.endsWith('.tmp'));

describe('what was being written under a temporary name', () => {
  const draft = 'checkpoint-0000000002.tmp';
  /** A storage whose second checkpoint is half written. */
  const writing = () => {
    const disk = copy();
    const { storage, open } = storageOn(disk);
    open();
    disk.hold();
    const made = follow(storage.checkpoint('counters/acceptor', 9, [new Uint8Array(70_000), new Uint8Array(70_000)]));
    while (!disk.history.includes(`write ${draft}`)) disk.release();
    expect(made.state).toBe('running');
    return { disk, storage };
  };
  const check = (disk: MemoryDisk): void => {
    expect(temporary(disk)).toEqual([draft]);
    expect(found(disk)).toEqual(expected);
    expect(temporary(disk)).toEqual([]);
  };

  test('is removed at the next start after a stop', () => {
    const { disk, storage } = writing();
    const closed = follow(storage.close());
    disk.releaseAll();
    expect(closed.state).toBe('done');
    check(disk);
  });

  test('is removed at the next start after a crash', () => {
    const { disk } = writing();
    check(disk.afterCrash(() => true));
    check(writing().disk.afterKill());
  });

  test('is removed, be it a checkpoint, a segment or the identity, and nothing else is', () => {
    const disk = copy();
    const others = ['notes.tmp', 'checkpoint-9.tmp', 'IDENTITY.old.tmp'];
    for (const name of ['checkpoint-0000000009.tmp', 'segment-0000000077.tmp', 'IDENTITY.tmp', ...others]) disk.put(name, Uint8Array.of(1));
    expect(found(disk)).toEqual(expected);
    expect(temporary(disk)).toEqual(others);
  });

  test('is left alone where the data is not this node’s', () => {
    const disk = copy();
    disk.put(draft, Uint8Array.of(1));
    expect(failure(storageOn(disk).storage.open({ ...IDENTITY, node: 'b' }))).toMatchObject({ code: 'FOREIGN_STORAGE' });
    disk.delete('IDENTITY');
    expect(failure(storageOn(disk).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_IDENTITY' });
    expect(temporary(disk)).toEqual([draft]);
  });
});

test('an older checkpoint goes only once the one that took its place was found whole', () => {
  const disk = copy();
  const older = disk.contents('checkpoint-0000000001').slice();
  const { storage, open } = storageOn(disk);
  open();
  now(storage.checkpoint('counters/acceptor', 6, pieces('a newer one')));
  const crashed = disk.afterCrash(() => false);
  crashed.put('checkpoint-0000000001', older);
  const whole = crashed.contents('checkpoint-0000000002').slice();
  crashed.put('checkpoint-0000000002', whole.slice(0, -1));
  expect(failure(storageOn(crashed.afterKill()).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_CHECKPOINT' });
  expect(crashed.contents('checkpoint-0000000001')).toEqual(older);
  crashed.put('checkpoint-0000000002', whole);
  expect(checkpointOf(storageOn(crashed).open())).toEqual(['a newer one']);
  expect([...crashed.names.keys()].filter((name) => name.startsWith('checkpoint'))).toEqual(['checkpoint-0000000002']);
});

test('a log without its identity is refused, and so is a checkpoint', () => {
  const disk = copy();
  disk.delete('IDENTITY');
  expect(failure(storageOn(disk).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_IDENTITY' });
  for (const name of [...disk.names.keys()]) if (name.startsWith('checkpoint')) disk.delete(name);
  expect(failure(storageOn(disk).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_IDENTITY' });
});
