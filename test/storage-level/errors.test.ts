import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LevelStorage } from '@synod/storage-level';
import { ClassicLevel } from 'classic-level';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ACCEPTOR, append, contents, copyOf, directory, done, IDENTITY, life, pieces } from './support.js';

/** What LevelDB says when the disk does. */
const fails = (operation: 'batch' | 'put' | 'compactRange', what: string) => {
  const error = Object.assign(new Error(`IO error: /data/a/000003.log: ${what}`), { code: 'LEVEL_IO_ERROR' });
  const spy = vi.spyOn(ClassicLevel.prototype, operation).mockRejectedValueOnce(error);
  onTestFinished(() => spy.mockRestore());
};

const opened = async () => {
  const at = directory();
  const storage = new LevelStorage({ directory: at });
  await done(storage.open(IDENTITY));
  onTestFinished(() => done(storage.close()));
  return { at, storage };
};

test.each([
  ['No space left on device', 'NO_SPACE'],
  ['Disk quota exceeded', 'NO_SPACE'],
  ['Input/output error', 'STORAGE_FAILED'],
])('after an append that failed with "%s" nothing is acknowledged, and every call fails with that %s', async (what, code) => {
  const { at, storage } = await opened();
  await append(storage, 'acknowledged');
  fails('batch', what);
  const error = await append(storage, 'failed').catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ name: 'StorageError', code });
  expect((error as Error).message).toContain(what);
  expect((error as Error).message).toContain(at);
  expect(await append(storage, 'later').catch((thrown: Error) => thrown)).toBe(error);
  expect(await append(storage).catch((thrown: Error) => thrown)).toBe(error);
  expect(await done(storage.checkpoint(ACCEPTOR, 1, pieces('state'))).catch((thrown: Error) => thrown)).toBe(error);
  await life(copyOf(at), (_, recovered) => expect(contents(recovered)).toEqual(['acknowledged']));
});

test('after a checkpoint that failed, or whose state threw, no append is acknowledged', async () => {
  const broken = await opened();
  const state = function* (): Generator<Uint8Array> {
    yield Buffer.from('piece');
    throw new Error('the state is gone');
  };
  await expect(done(broken.storage.checkpoint(ACCEPTOR, 0, state()))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  await expect(append(broken.storage, 'later')).rejects.toThrow('the state is gone');

  const full = await opened();
  fails('put', 'No space left on device');
  await expect(done(full.storage.checkpoint(ACCEPTOR, 0, pieces('state')))).rejects.toMatchObject({ code: 'NO_SPACE' });
  await expect(append(full.storage, 'later')).rejects.toMatchObject({ code: 'NO_SPACE' });
});

test('a compaction that failed behind a checkpoint fails what comes after it', async () => {
  const { storage } = await opened();
  await append(storage, 'one');
  fails('compactRange', 'Input/output error');
  // It may have failed before the checkpoint was told of, or after.
  await done(storage.checkpoint(ACCEPTOR, 1, pieces('state'))).catch(() => {});
  await expect(append(storage, 'later')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
});

test('an append that is under way when another call fails is not acknowledged', async () => {
  const { storage } = await opened();
  const state = {
    [Symbol.iterator]: (): never => {
      throw new Error('the state is gone');
    },
  };
  const appended = expect(append(storage, 'one')).rejects.toThrow('the state is gone');
  await expect(done(storage.checkpoint(ACCEPTOR, 0, state))).rejects.toThrow('the state is gone');
  await appended;
});

test('a directory that cannot be made is told by its name', async () => {
  const at = directory();
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, 'a file');
  const storage = new LevelStorage({ directory: at });
  const error = await done(storage.open(IDENTITY)).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ name: 'StorageError', code: 'STORAGE_FAILED' });
  expect((error as Error).message).toContain(at);
});

test('every write that something acknowledged stands on is synced', async () => {
  const batch = vi.spyOn(ClassicLevel.prototype, 'batch');
  const put = vi.spyOn(ClassicLevel.prototype, 'put');
  onTestFinished(() => void vi.restoreAllMocks());
  const { storage } = await opened();
  await append(storage, 'one');
  await done(storage.checkpoint(ACCEPTOR, 1, [Buffer.alloc(300 << 10), ...pieces('the last')]));
  const calls = batch.mock.calls as readonly unknown[][];
  // The identity, the record, and the pieces in two parts.
  expect(calls.map(([, options]) => options)).toEqual(Array(4).fill({ sync: true }));
  expect(put.mock.calls.map(([, , options]) => options)).toEqual([{ sync: true }]);
});
