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
        expect(error.message).toContain(name.startsWith('IDENTITY') ? 'IDENTITY' : error.code === 'DAMAGED_LOG' ? 'segment-' : name);
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

test('files of an interrupted checkpoint, segment or identity are removed', () => {
  const disk = copy();
  for (const name of ['checkpoint-0000000009.tmp', 'segment-0000000077.tmp', 'IDENTITY.tmp']) disk.put(name, Uint8Array.of(1, 2, 3));
  expect(found(disk)).toEqual(expected);
  expect([...disk.names.keys()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a log without its identity is refused, and so is a checkpoint', () => {
  const disk = copy();
  disk.delete('IDENTITY');
  expect(failure(storageOn(disk).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_IDENTITY' });
  for (const name of [...disk.names.keys()]) if (name.startsWith('checkpoint')) disk.delete(name);
  expect(failure(storageOn(disk).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_IDENTITY' });
});
