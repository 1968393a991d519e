import {
  type Disk,
  type LogRecord,
  type Recovered,
  type RecoveredRole,
  type Storage,
  type StorageCapabilities,
  StorageError,
  type StorageIdentity,
} from '@synod/core';
import { defer, type Observable, throwError } from 'rxjs';
import { type Checkpoint, CheckpointStore } from './checkpoint-store.js';
import { damagedLog, otherStorage } from './errors.js';
import { checkpointFiles, IDENTITY, readWhole, removeTemporary, segmentFiles } from './files.js';
import { lock, nobodysData, readIdentity, writeIdentity } from './identity.js';
import { Lifecycle } from './lifecycle.js';
import { Log } from './log.js';
import { type FileStorageOptions, withDefaults } from './options.js';
import { recoverLog } from './recovery.js';
import { lastNonZero } from './scan.js';
import { createSegment } from './segment.js';
import { type Steps, sequence, start, wait } from './sequence.js';

/**
 * A segmented write-ahead log with checkpoints, on a `Disk`. One `append` is one write and one sync.
 *
 * Errors are `StorageError`s, by code: `STORAGE_LOCKED`, `FOREIGN_STORAGE`, `UNKNOWN_FORMAT`, `DAMAGED_IDENTITY`, `DAMAGED_LOG`,
 * `DAMAGED_CHECKPOINT` from `open`; `BATCH_TOO_LARGE` from `append`; `INVALID_CHECKPOINT` from `checkpoint`; `NO_SPACE` and
 * `STORAGE_FAILED` from any. After an error of one call, or of what runs behind them, every call fails with that same error. After `close`, which abandons
 * checkpoints that are being written, they fail with a `StoppedError`.
 */
export class FileStorage implements Storage {
  readonly capabilities: StorageCapabilities = { durable: true };
  readonly #disk: Disk;
  readonly #options: Required<FileStorageOptions>;
  readonly #lifecycle: Lifecycle;
  #checkpoints: CheckpointStore | undefined;
  #log: Log | undefined;
  #locked = false;
  #closed: Observable<void> | undefined;

  constructor(disk: Disk, options: FileStorageOptions = {}) {
    this.#disk = disk;
    this.#options = withDefaults(options);
    this.#lifecycle = new Lifecycle(this.#options.label);
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
              `the checkpoint of ${role} covers all below ${covers}, but the log ends at ${log.position}; a checkpoint may cover only what is durable`,
            );
          }
          yield* checkpoints.write({ role, covers }, state, lifecycle);
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
    const { label, logger } = options;
    // The names that a crashed process left are acted on below; so they must be as durable as they look.
    yield* wait(disk.syncDirectory());
    const names = yield* wait(disk.list());
    const known = names.includes(IDENTITY) ? yield* readIdentity(disk, identity, label) : yield* this.#refuseNobodysData(names);
    // Not before it is sure whose they are.
    yield* removeTemporary(disk, names);
    const generation = known ?? (yield* this.#create(identity, names));
    const segments = segmentFiles.numbers(yield* wait(disk.list()));
    if (segments.length === 0) throw damagedLog(label, segmentFiles.name(1), 0, 'all files of the log are missing');

    const checkpoints = new CheckpointStore(disk, generation, label);
    const recovered = yield* checkpoints.recover(names);
    const covers = new Map(recovered.map((checkpoint) => [checkpoint.role, checkpoint.covers]));
    const log = yield* recoverLog({ disk, generation, covers, logger, label }, segments);
    this.#checkpoints = checkpoints;
    this.#log = new Log(disk, generation, lifecycle, options, log);
    for (const { role, covers } of recovered) this.#log.release(role, covers);
    return { generation, position: log.end.position, roles: byRole(recovered, log.records) };
  }

  /** A first `open` that was interrupted leaves at most an empty segment, and temporary files. */
  *#refuseNobodysData(names: readonly string[]): Steps<undefined> {
    const { label } = this.#options;
    // LevelDB writes it before any data. This node would forget what it keeps there.
    if (names.includes('CURRENT')) throw otherStorage(label, 'CURRENT', '@synod/storage-level');
    if (checkpointFiles.numbers(names).length > 0) throw nobodysData(label, 'a checkpoint');
    for (const number of segmentFiles.numbers(names)) {
      const bytes = yield* readWhole(this.#disk, segmentFiles.name(number));
      if (number > 1 || lastNonZero(bytes, 0) > 0) throw nobodysData(label, 'a log');
    }
  }

  /** The first segment, then the identity. */
  *#create(identity: StorageIdentity, names: readonly string[]): Steps<string> {
    const disk = this.#disk;
    for (const number of segmentFiles.numbers(names)) yield* wait(disk.remove(segmentFiles.name(number)));
    const { file } = yield* createSegment(disk, 1, this.#options.segmentBytes, identity.newGeneration, this.#lifecycle);
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
    return throwError(
      () => this.#lifecycle.obstacle ?? new StorageError('STORAGE_NOT_OPEN', 'the storage is not open; wait for open to complete first'),
    );
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
