import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, LOGGER, STORAGE, type Storage } from '@synod/core';
import { FileStorage, fileStorage } from '@synod/storage-file';
import { logStorage } from '@synod/storage-file/log';
import { lastValueFrom, from as observableFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { MemoryDisk } from './memory-disk.js';
import { IDENTITY, now, segment } from './support.js';

// The tests depend on no container of their own; this is the one that the package uses.
const { Container } = createRequire(new URL('../../packages/storage-file/package.json', import.meta.url))('inversify') as {
  Container: new () => {
    load(part: unknown): void;
    get<T>(token: unknown): T;
    bind(token: unknown): { toConstantValue(value: unknown): void };
  };
};

test('fileStorage binds one storage over a directory, as a part of a deployment', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'synod-'));
  const directory = join(parent, 'a');
  const container = new Container();
  container.load(fileStorage({ directory, segmentBytes: 4096 }));
  const storage = container.get<Storage>(STORAGE);
  expect(storage).toBeInstanceOf(FileStorage);
  expect(container.get(STORAGE)).toBe(storage);
  await lastValueFrom(observableFrom(storage.open(IDENTITY)));
  expect(readdirSync(directory)).toContain('IDENTITY');
  await lastValueFrom(observableFrom(storage.close()), { defaultValue: undefined });
  rmSync(parent, { recursive: true });
});

test.each([
  [{ segmentBytes: 1000 }, 'segmentBytes is 1000; it must be a whole number from 1024 to 1073741824 bytes'],
  [{ segmentBytes: Number.NaN }, 'segmentBytes is NaN'],
  [{ markDelay: 0 }, 'markDelay is 0; it must be a whole number from 1 to 3600000 ms'],
  [{ segmentSize: 4096 }, 'there is no option segmentSize; there are segmentBytes, markDelay, scheduler, logger, label'],
])('the options %o are refused: %s', (options, message) => {
  const container = new Container();
  container.load(logStorage({ disk: new MemoryDisk(), ...options }));
  expect(() => container.get(STORAGE)).toThrow(ConfigurationError);
  expect(() => container.get(STORAGE)).toThrow(message);
});

test('logStorage runs on any disk, and warns through the logger of the deployment', () => {
  const disk = new MemoryDisk();
  const warnings: string[] = [];
  const container = new Container();
  container.bind(LOGGER).toConstantValue({ warn: (message: string) => warnings.push(message) });
  container.load(logStorage({ disk, segmentBytes: 4096 }));
  const storage = container.get<Storage>(STORAGE);
  now(storage.open(IDENTITY));
  now(storage.append([{ role: 'a', bytes: Uint8Array.of(1, 2, 3) }]));
  const after = disk.afterCrash(() => false);
  after.put(segment(1), after.contents(segment(1)).slice(0, 50));
  const restarted = new Container();
  restarted.bind(LOGGER).toConstantValue({ warn: (message: string) => warnings.push(message) });
  restarted.load(logStorage({ disk: after }));
  now(restarted.get<Storage>(STORAGE).open(IDENTITY));
  expect(warnings).toEqual([expect.stringContaining('cut off')]);
});
