import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@synod/core';
import type { StoragePlace, StorageUnderTest } from '@synod/core/testing';
import { LevelStorage } from '@synod/storage-level';
import { ClassicLevel } from 'classic-level';
import { defer, type ObservableInput, tap } from 'rxjs';
import { copyDirectory } from '../support/copy-directory.js';

/** Directories whose databases take no write any more. */
const broken = new Set<string>();

for (const operation of ['_batch', '_put', '_clear'] as const) {
  const prototype = ClassicLevel.prototype as unknown as Record<string, (this: ClassicLevel, ...given: unknown[]) => Promise<unknown>>;
  const original = prototype[operation] as (...given: unknown[]) => Promise<unknown>;
  prototype[operation] = async function (...given) {
    if (broken.has(this.location)) throw Object.assign(new Error('IO error: the disk is broken'), { code: 'LEVEL_IO_ERROR' });
    return original.apply(this, given);
  };
}

/**
 * A directory of its own. A crash leaves it as it is, or with LevelDB's newest log cut: what is in there beyond its length when
 * something was last acknowledged may be lost.
 */
class Directory implements StoragePlace {
  readonly path = join(mkdtempSync(join(tmpdir(), 'synod-conformance-')), 'a');
  /** By log: its length when something was last acknowledged while it was the newest. */
  readonly #acknowledged = new Map<string, number>();

  storage(): Storage {
    const storage = new LevelStorage({ directory: this.path, writeBufferBytes: 64 << 10 });
    const noting = <T>(call: () => ObservableInput<T>): ObservableInput<T> => defer(call).pipe(tap({ complete: () => this.#note() }));
    return {
      capabilities: storage.capabilities,
      open: (identity) => noting(() => storage.open(identity)),
      append: (records) => noting(() => storage.append(records)),
      checkpoint: (role, covers, state) => noting(() => storage.checkpoint(role, covers, state)),
      close: () => storage.close(),
    };
  }

  async crashes(): Promise<readonly StoragePlace[]> {
    const whole = new Directory();
    if (!existsSync(this.path)) return [whole];
    // Nothing is acknowledged in the midst of this: it is done at once.
    copyDirectory(this.path, whole.path);
    const log = newestLog(whole.path);
    if (log === undefined) return [whole];
    const [from, to] = [this.#acknowledged.get(log) ?? 0, statSync(join(whole.path, log)).size];
    const lengths = new Set([from, from + 1, Math.floor((from + to) / 2), to - 1].filter((length) => length >= from && length < to));
    return [whole, ...[...lengths].map((length) => whole.#cut(log, length))];
  }

  #cut(log: string, length: number): Directory {
    const torn = new Directory();
    copyDirectory(this.path, torn.path);
    truncateSync(join(torn.path, log), length);
    return torn;
  }

  async size(): Promise<number> {
    const names = await readdir(this.path);
    // A file that goes meanwhile takes no space.
    const sizes = names.map((name) =>
      stat(join(this.path, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  fail(): void {
    broken.add(this.path);
  }

  async close(): Promise<void> {
    broken.delete(this.path);
    rmSync(join(this.path, '..'), { recursive: true });
  }

  #note(): void {
    const log = newestLog(this.path);
    if (log !== undefined) this.#acknowledged.set(log, statSync(join(this.path, log)).size);
  }
}

/** LevelDB numbers its files. */
const newestLog = (directory: string): string | undefined =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);

export const levelStorages: StorageUnderTest = {
  name: 'LevelDB',
  capabilities: { durable: true },
  failing: true,
  create: async () => new Directory(),
};
