import { expect, test } from 'vitest';
import { crc32 } from '../../packages/storage-file/src/log/crc32.js';
import { MemoryDisk } from './memory-disk.js';
import { failure, IDENTITY, now, storageOn } from './support.js';

const used = (): MemoryDisk => {
  const disk = new MemoryDisk();
  const { storage, open } = storageOn(disk);
  open();
  now(storage.close());
  return disk;
};

test('a new storage takes the generation that it is given, and keeps it', () => {
  const disk = new MemoryDisk();
  const first = storageOn(disk);
  expect(first.open({ ...IDENTITY, newGeneration: 'g1' })).toMatchObject({ generation: 'g1', position: 0 });
  now(first.storage.close());
  expect(storageOn(disk).open({ ...IDENTITY, newGeneration: 'g2' }).generation).toBe('g1');
});

test('the data of another node, or of another cluster, is refused with a message that says whose it is', () => {
  for (const other of [
    { ...IDENTITY, node: 'b' },
    { ...IDENTITY, cluster: 'bank' },
  ]) {
    const disk = used();
    const error = failure(storageOn(disk).storage.open(other));
    expect(error).toMatchObject({ name: 'StorageError', code: 'FOREIGN_STORAGE' });
    expect(error.message).toContain('./data/a holds the data of node "a" of cluster "shop"');
    // The lock was given back.
    expect(storageOn(disk).open().generation).toBe('first');
  }
});

test('where CURRENT tells that the data is in @synod/storage-level, nothing is begun', () => {
  const disk = new MemoryDisk();
  disk.put('CURRENT', Buffer.from('MANIFEST-000002\n'));
  const error = failure(storageOn(disk).storage.open(IDENTITY));
  expect(error).toMatchObject({ name: 'StorageError', code: 'FOREIGN_STORAGE' });
  expect(error.message).toContain('./data/a holds CURRENT, which @synod/storage-level wrote');
});

test('a format that this version does not know is refused', () => {
  const disk = used();
  const lines = 'synod storage, format 2\n{"cluster":"shop","node":"a","generation":"first"}\n';
  disk.put('IDENTITY', Buffer.from(`${lines}crc32 ${crc32(Buffer.from(lines)).toString(16).padStart(8, '0')}\n`));
  const error = failure(storageOn(disk).storage.open(IDENTITY));
  expect(error).toMatchObject({ code: 'UNKNOWN_FORMAT' });
  expect(error.message).toContain('./data/a is in storage format 2, and this version of Synod reads format 1');
});

test('a storage that another holds is refused with a message that says what to do', () => {
  const disk = new MemoryDisk();
  storageOn(disk).open();
  const error = failure(storageOn(disk).storage.open(IDENTITY));
  expect(error).toMatchObject({ name: 'StorageError', code: 'STORAGE_LOCKED' });
  expect(error.message).toContain('./data/a is in use by another process');
  expect(error.message).toContain('stop that process');
});
