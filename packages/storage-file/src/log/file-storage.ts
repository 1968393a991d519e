import {
  type Disk,
  type Logger,
  type LogRecord,
  type Recovered,
  type RecoveredRole,
  type Storage,
  StorageError,
  type StorageIdentity,
  silentLogger,
} from '@synod/core';
import { asyncScheduler, defer, type Observable, type SchedulerLike, throwError } from 'rxjs';
import { type Checkpoint, CheckpointStore, checkpointNumbers } from './checkpoint.js';
import { IDENTITY, lock, nobodysData, readIdentity, writeIdentity } from './identity.js';
import { Lifecycle } from './lifecycle.js';
import { Log } from './log.js';
import { recoverLog } from './recovery.js';
import { lastNonZero } from './scan.js';
import { createSegment, readWhole, segmentName, segmentNumbers, TEMPORARY } from './segment.js';
import { type Steps, sequence, start, wait } from './sequence.js';

export interface FileStorageOptions {
  /** Bytes that one segment of the log is made ready with, hence the step in which disk is taken and given back. 16 MiB unless said. */
  readonly segmentBytes?: number;
  /** ms without an append after which a trailing mark is written. 100 unless said. */
  readonly markDelay?: number;
  /** Times the trailing mark. RxJS's `asyncScheduler` unless said. */
  readonly scheduler?: SchedulerLike;
  /** Is told of a torn tail that was cut off. Silent unless said. */
  readonly logger?: Logger;
  /** How messages name the data, as its directory. */
  readonly label?: string;
}

/**
 * A segmented write-ahead log with checkpoints, on a `Disk`. One `append` is one write and one sync.
 *
 * Errors are `StorageError`s, by code: `STORAGE_LOCKED`, `FOREIGN_STORAGE`, `UNKNOWN_FORMAT`, `DAMAGED_IDENTITY`, `DAMAGED_LOG`,
 * `DAMAGED_CHECKPOINT` from `open`; `BATCH_TOO_LARGE` from `append`; `INVALID_CHECKPOINT` from `checkpoint`; `STORAGE_FAILED` from
 * any. After an error of one call, or of what runs behind them, every call fails with that same error. After `close`, which abandons
 * checkpoints that are being written, they fail with a `StoppedError`.
 */
export class FileStorage implements Storage {
  readonly #disk: Disk;
  readonly #options: Required<FileStorageOptions>;
  readonly #lifecycle = new Lifecycle();
  #checkpoints: CheckpointStore | undefined;
  #log: Log | undefined;
  #locked = false;
  #closed: Observable<void> | undefined;

  constructor(disk: Disk, options: FileStorageOptions = {}) {
    this.#disk = disk;
    this.#options = {
      segmentBytes: 16 << 20,
      markDelay: 100,
      scheduler: asyncScheduler,
      logger: silentLogger,
      label: 'the storage',
      ...options,
    };
  }

  open(identity: StorageIdentity): Observable<Recovered> {
    return defer(() => this.#lifecycle.run(() => this.#open(identity)));
  }

  append(records: readonly LogRecord[]): Observable<never> {
    return this.#log?.append(records) ?? this.#notOpen();
  }

  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Observable<void> {
    const [log, checkpoints, lifecycle] = [this.#log, this.#checkpoints, this.#lifecycle];
    if (!log || !checkpoints) return this.#notOpen();
    return sequence(function* () {
      lifecycle.check();
      yield* wait(
        lifecycle.run(function* () {
          if (covers > log.position) {
            throw new StorageError(
              'INVALID_CHECKPOINT',
              `the checkpoint of ${role} covers ${covers}, above the log's end at ${log.position}`,
            );
          }
          yield* checkpoints.write(role, covers, state, lifecycle);
        }),
      );
      log.release(role, covers);
    });
  }

  close(): Observable<void> {
    this.#lifecycle.close();
    this.#closed ??= start(() => this.#shut());
    return this.#closed;
  }

  *#open(identity: StorageIdentity): Steps<Recovered> {
    this.#lifecycle.check();
    yield* lock(this.#disk, this.#options.label);
    try {
      const recovered = yield* this.#recover(identity);
      this.#locked = true;
      return recovered;
    } catch (error) {
      yield* wait(this.#disk.unlock());
      throw error;
    }
  }

  *#recover(identity: StorageIdentity): Steps<Recovered> {
    const [disk, lifecycle, options] = [this.#disk, this.#lifecycle, this.#options];
    // The names that a crashed process left are acted on below; so they must be as durable as they look.
    yield* wait(disk.syncDirectory());
    const names = yield* wait(disk.list());
    for (const name of names) if (name.endsWith(TEMPORARY)) yield* wait(disk.remove(name));

    const generation = names.includes(IDENTITY) ? yield* readIdentity(disk, identity, options.label) : yield* this.#create(identity, names);
    const segments = (yield* wait(disk.list())).filter((name) => segmentNumbers([name]).length > 0);
    if (segments.length === 0)
      throw new StorageError('DAMAGED_LOG', `${options.label} has an ${IDENTITY} file, but no log: its files are missing`);

    const checkpoints = new CheckpointStore(disk, generation);
    const recovered = yield* checkpoints.recover(names);
    const covers = new Map(recovered.map((checkpoint) => [checkpoint.role, checkpoint.covers]));
    const log = yield* recoverLog({ disk, generation, covers, logger: options.logger }, segments);
    this.#checkpoints = checkpoints;
    this.#log = new Log(disk, generation, lifecycle, options, log);
    for (const { role, covers } of recovered) this.#log.release(role, covers);
    return { generation, position: log.end.position, roles: byRole(recovered, log.records) };
  }

  /** The first segment, then the identity. A first `open` that was interrupted leaves at most an empty segment. */
  *#create(identity: StorageIdentity, names: readonly string[]): Steps<string> {
    const [disk, { segmentBytes, label }] = [this.#disk, this.#options];
    const checkpoints = checkpointNumbers(names);
    if (checkpoints.length > 0) throw nobodysData(label, 'checkpoints');
    for (const number of segmentNumbers(names)) {
      const bytes = yield* readWhole(disk, segmentName(number));
      if (number > 1 || lastNonZero(bytes, 0) > 0) throw nobodysData(label, 'a log');
      yield* wait(disk.remove(segmentName(number)));
    }
    const { file } = yield* createSegment(disk, 1, segmentBytes, identity.newGeneration, this.#lifecycle);
    yield* wait(file.close());
    yield* writeIdentity(disk, identity);
    return identity.newGeneration;
  }

  *#shut(): Steps<void> {
    yield* wait(this.#lifecycle.idle$);
    try {
      if (this.#log) yield* this.#log.close();
    } finally {
      if (this.#locked) yield* wait(this.#disk.unlock());
    }
  }

  #notOpen(): Observable<never> {
    return throwError(() => this.#lifecycle.obstacle ?? new StorageError('STORAGE_NOT_OPEN', 'the storage is not open'));
  }
}

const byRole = (
  checkpoints: readonly Checkpoint[],
  records: ReadonlyMap<string, Iterable<Uint8Array>>,
): ReadonlyMap<string, RecoveredRole> => {
  const roles = new Map<string, RecoveredRole>();
  for (const { role, pieces } of checkpoints) roles.set(role, { checkpoint: pieces, records: records.get(role) ?? [] });
  for (const [role, above] of records) if (!roles.has(role)) roles.set(role, { records: above });
  return roles;
};
