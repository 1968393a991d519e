import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk, DiskFile } from '@synod/core';
import type { StoragePlace, StorageUnderTest } from '@synod/core/testing';
import { FileStorage, NodeDisk } from '@synod/storage-file';
import {
  BehaviorSubject,
  defer,
  filter,
  finalize,
  firstValueFrom,
  from,
  map,
  type ObservableInput,
  switchMap,
  take,
  throwError,
} from 'rxjs';
import { copyDirectory } from '../support/copy-directory.js';

const WRITING = ['create', 'rename', 'remove', 'syncDirectory', 'write', 'sync', 'writeDurably', 'truncate'];

/** Lets operations of a disk through, holds them up, or fails them. */
class Gate {
  readonly #open$ = new BehaviorSubject(true);
  readonly #inFlight$ = new BehaviorSubject(0);
  failing = false;

  /** `target`, whose methods that return something to wait for go through this gate. */
  guard<T extends Disk | DiskFile>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => this.#pass(given[1] === 'create' ? 'create' : String(name), () => value.apply(target, given));
      },
    });
  }

  /** Does `work` while no operation is under way. */
  async quiet<T>(work: () => Promise<T>): Promise<T> {
    this.#open$.next(false);
    await firstValueFrom(this.#inFlight$.pipe(filter((count) => count === 0)));
    try {
      return await work();
    } finally {
      this.#open$.next(true);
    }
  }

  #pass(operation: string, act: () => ObservableInput<unknown>): ObservableInput<unknown> {
    if (this.failing && WRITING.includes(operation)) return throwError(() => new Error('EIO: the disk is broken'));
    return this.#open$.pipe(
      filter((open) => open),
      take(1),
      switchMap(() =>
        defer(() => {
          this.#inFlight$.next(this.#inFlight$.value + 1);
          return from(act());
        }).pipe(
          map((result) => (operation === 'open' || operation === 'create' ? this.guard(result as DiskFile) : result)),
          finalize(() => this.#inFlight$.next(this.#inFlight$.value - 1)),
        ),
      ),
    );
  }
}

/** A directory of its own. What a crash leaves there is what a process that is killed between two operations of its disk leaves. */
class Directory implements StoragePlace {
  readonly #gate = new Gate();

  private constructor(readonly path: string) {}

  static async make(): Promise<Directory> {
    return new Directory(await mkdtemp(join(tmpdir(), 'synod-conformance-')));
  }

  storage(): FileStorage {
    return new FileStorage(this.#gate.guard(new NodeDisk(this.path)), { segmentBytes: 64 * 1024, markDelay: 5, label: this.path });
  }

  async crashes(): Promise<readonly StoragePlace[]> {
    const copy = await Directory.make();
    // What was begun and given up may still be under way below.
    await this.#gate.quiet(async () => copyDirectory(this.path, copy.path));
    return [copy];
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
    this.#gate.failing = true;
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

export const fileStorages: StorageUnderTest = {
  name: 'file, in a directory',
  capabilities: { durable: true },
  failing: true,
  create: () => Directory.make(),
};
