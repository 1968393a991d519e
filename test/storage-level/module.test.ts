import { createRequire } from 'node:module';
import { ConfigurationError, STORAGE, type Storage } from '@synod/core';
import { LevelStorage, levelStorage } from '@synod/storage-level';
import { expect, test } from 'vitest';
import { directory, done, IDENTITY } from './support.js';

// The tests depend on no container of their own; this is the one that the package uses.
const { Container } = createRequire(new URL('../../packages/storage-level/package.json', import.meta.url))('inversify') as {
  Container: new () => { load(part: unknown): void; get<T>(token: unknown): T };
};

test('levelStorage binds one storage over a directory, as a part of a deployment', async () => {
  const container = new Container();
  container.load(levelStorage({ directory: directory(), writeBufferBytes: 1 << 20 }));
  const storage = container.get<Storage>(STORAGE);
  expect(storage).toBeInstanceOf(LevelStorage);
  expect(container.get(STORAGE)).toBe(storage);
  expect(storage.capabilities).toEqual({ durable: true });
  expect(await done(storage.open(IDENTITY))).toMatchObject({ generation: 'first', position: 0 });
  await done(storage.close());
});

test.each([
  [{ directory: '' }, 'directory is ""; it must be a path'],
  [{}, 'directory is undefined; it must be a path'],
  [{ directory: 'a', writeBufferBytes: 1000 }, 'writeBufferBytes is 1000; it must be a whole number from 65536 to 1073741824 bytes'],
  [{ directory: 'a', writeBufferBytes: Number.NaN }, 'writeBufferBytes is NaN'],
  [{ directory: 'a', writeBuffer: 1 << 20 }, 'there is no option writeBuffer; there are directory, writeBufferBytes'],
])('the options %o are refused: %s', (options, message) => {
  const container = new Container();
  container.load(levelStorage(options as { directory: string }));
  expect(() => container.get(STORAGE)).toThrow(ConfigurationError);
  expect(() => container.get(STORAGE)).toThrow(message);
});
