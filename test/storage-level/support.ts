import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord, Recovered, Storage, StorageIdentity } from '@synod/core';
import { LevelStorage } from '@synod/storage-level';
import { lastValueFrom, type ObservableInput, from as observableFrom } from 'rxjs';
import { afterAll } from 'vitest';
import { copyDirectory } from '../support/copy-directory.js';

export const IDENTITY: StorageIdentity = { cluster: 'shop', node: 'a', newGeneration: 'first' };
export const ACCEPTOR = 'counters/acceptor';
export const LEARNER = 'counters/learner';

const parent = mkdtempSync(join(tmpdir(), 'synod-level-'));
afterAll(() => rmSync(parent, { recursive: true }));

/** A directory of its own, which is not there yet. */
export const directory = (): string => join(mkdtempSync(join(parent, 'd-')), 'a');

export const copyOf = (original: string): string => {
  const copy = directory();
  copyDirectory(original, copy);
  return copy;
};

export const done = <T>(input: ObservableInput<T>): Promise<T> => lastValueFrom(observableFrom(input), { defaultValue: undefined as T });

export const record = (content: string, role = ACCEPTOR): LogRecord => ({ role, bytes: Buffer.from(content) });

export const append = (storage: Storage, ...contents: string[]): Promise<unknown> =>
  done(storage.append(contents.map((content) => record(content))));

export const pieces = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));

export const contents = (recovered: Recovered, role = ACCEPTOR): string[] =>
  [...(recovered.roles.get(role)?.records ?? [])].map((bytes) => Buffer.from(bytes).toString());

export const checkpointOf = (recovered: Recovered, role = ACCEPTOR): string[] | undefined => {
  const found = recovered.roles.get(role)?.checkpoint;
  return found && [...found].map((bytes) => Buffer.from(bytes).toString());
};

/** One life of a storage: opened, handed over with what it found, closed. */
export const life = async <T>(at: string, body: (storage: LevelStorage, recovered: Recovered) => T | Promise<T>): Promise<T> => {
  const storage = new LevelStorage({ directory: at });
  try {
    return await body(storage, await done(storage.open(IDENTITY)));
  } finally {
    await done(storage.close());
  }
};
