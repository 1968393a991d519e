import {
  type LogRecord,
  type Recovered,
  StoppedError,
  type Storage,
  type StorageCapabilities,
  StorageError,
  type StorageIdentity,
} from '@synod/core';
import { ClassicLevel } from 'classic-level';
import { refuseRemains, take } from './directory.js';
import { damagedLog, storageFailed } from './errors.js';
import { identify } from './identity.js';
import {
  allPieces,
  type Database,
  DURABLE,
  headKey,
  POSITION,
  type Put,
  pieceKey,
  put,
  recordKey,
  recordsBelow,
  recordsFrom,
  seal,
  sealJson,
  sealRecord,
  unsealRecord,
} from './layout.js';
import { type LevelStorageOptions, withDefaults } from './options.js';
import { type Found, recover } from './recovery.js';

/** LevelDB writes a batch in one piece, and holds it in memory. */
const MOST_BATCH_BYTES = 1 << 30;

/** Pieces of a checkpoint are written together up to this size; other work goes on between. */
const PIECES_BYTES = 256 << 10;

/**
 * Records and checkpoints in LevelDB. One `append` is one batch, and one sync of LevelDB's log.
 *
 * Errors are `StorageError`s, by code: `STORAGE_LOCKED`, `FOREIGN_STORAGE`, `UNKNOWN_FORMAT`, `DAMAGED_IDENTITY`,
 * `DAMAGED_CHECKPOINT` from `open`; `BATCH_TOO_LARGE` from `append`; `INVALID_CHECKPOINT` from `checkpoint`; `DAMAGED_LOG`,
 * `NO_SPACE` and `STORAGE_FAILED` from any. After an error of one call, or of what runs behind them, every call fails with that
 * same error: after a failed write LevelDB's log may hold half a batch, and it would write the next one behind it. After `close`,
 * which abandons checkpoints that are being written, they fail with a `StoppedError`.
 */
export class LevelStorage implements Storage {
  readonly capabilities: StorageCapabilities = { durable: true };
  readonly #options: Required<LevelStorageOptions>;
  readonly #running = new Set<Promise<unknown>>();
  #database: Database | undefined;
  #release: (() => Promise<void>) | undefined;
  #found: Omit<Found, 'roles'> = { position: 0, counts: new Map(), heads: new Map(), nextNumber: 0 };
  /** Ranges that were removed and not compacted yet, first to last key. A role's later range of records takes the place of its earlier. */
  readonly #freed = new Map<string, string>();
  #compacting = false;
  #failure: Error | undefined;
  #closed: Promise<void> | undefined;

  /** Throws `ConfigurationError` (`BAD_OPTION`). */
  constructor(options: LevelStorageOptions) {
    this.#options = withDefaults(options);
  }

  open(identity: StorageIdentity): Promise<Recovered> {
    return this.#run(() => this.#open(identity));
  }

  append(records: readonly LogRecord[]): Promise<void> {
    return this.#run(async () => {
      const db = this.#db;
      const length = records.reduce((sum, { bytes }) => sum + bytes.length, 0);
      if (length > MOST_BATCH_BYTES)
        throw new StorageError(
          'BATCH_TOO_LARGE',
          `a batch takes ${length} bytes; at most ${MOST_BATCH_BYTES} are written at once, so persist less in a turn`,
        );
      if (records.length === 0) return;
      let { position } = this.#found;
      const counts = new Map<string, number>();
      const batch = records.map(({ role, bytes }) => {
        const count = counts.get(role) ?? this.#countOf(role);
        counts.set(role, count + 1);
        const key = recordKey(role, position++);
        return put(key, sealRecord(key, count, bytes));
      });
      await db.batch([...batch, put(POSITION, sealJson(POSITION, position))], DURABLE);
      // Only what is durable counts.
      this.#found.position = position;
      for (const [role, count] of counts) this.#found.counts.set(role, count);
    });
  }

  /** The pieces, under a new number; then one write that lets them replace the older ones, and the records; then those go. */
  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Promise<void> {
    return this.#run(async () => {
      const db = this.#db;
      const { position, heads } = this.#found;
      if (covers > position)
        throw new StorageError(
          'INVALID_CHECKPOINT',
          `the checkpoint of ${role} covers all below ${covers}, but the log ends at ${position}; a checkpoint may cover only what is durable`,
        );
      const number = this.#found.nextNumber++;
      const records = await this.#countBelow(role, covers);
      const pieces = await this.#writePieces(number, state);
      await db.put(headKey(role), sealJson(headKey(role), { number, pieces, covers, records }), DURABLE);
      const older = heads.get(role);
      heads.set(role, { number, pieces, covers, records });
      // What a crash leaves of this is removed by the next `open`.
      const freed = [recordsBelow(role, covers), ...(older ? [allPieces(older.number)] : [])];
      for (const range of freed) await db.clear(range);
      for (const { gte, lt } of freed) this.#freed.set(gte, lt);
      void this.#compact();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut();
    return this.#closed;
  }

  async #open(identity: StorageIdentity): Promise<Recovered> {
    const { directory, writeBufferBytes: writeBufferSize } = this.#options;
    const release = await take(directory);
    try {
      await refuseRemains(directory);
      const db: Database = new ClassicLevel(directory, { valueEncoding: 'view', writeBufferSize });
      await db.open();
      try {
        const generation = await identify(db, identity, directory);
        const { roles, ...found } = await recover(db, directory);
        [this.#database, this.#release, this.#found] = [db, release, found];
        return { generation, position: found.position, roles };
      } catch (error) {
        await db.close();
        throw error;
      }
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Gives back the disk below what was removed, which LevelDB by itself may do late or never. */
  async #compact(): Promise<void> {
    if (this.#compacting) return;
    this.#compacting = true;
    try {
      // One after another: each takes one of the threads that appends are written by, and LevelDB does one at a time anyway.
      for (const [gte, lt] of this.#freed) {
        this.#freed.delete(gte);
        await this.#run(() => this.#db.compactRange(gte, lt));
      }
    } catch {
      // The next call tells.
    } finally {
      this.#compacting = false;
    }
  }

  get #db(): Database {
    if (this.#database) return this.#database;
    throw new StorageError('STORAGE_NOT_OPEN', 'the storage is not open; wait for open to complete first');
  }

  #countOf(role: string): number {
    return this.#found.counts.get(role) ?? 0;
  }

  /** How many records of the role are at positions below `covers`, all of which are durable. */
  async #countBelow(role: string, covers: number): Promise<number> {
    // Now, before an append completes: what is not durable yet is not below.
    const all = this.#countOf(role);
    const [first] = await this.#db.iterator({ ...recordsFrom(role, covers), limit: 1 }).all();
    if (first === undefined) return all;
    const found = unsealRecord(...first);
    if (found === undefined) throw damagedLog(this.#options.directory, `${first[0]} is not what was written`);
    return found.count;
  }

  /** Pulls `state`, and resolves to how many pieces it had when all are durable. */
  async #writePieces(number: number, state: Iterable<Uint8Array>): Promise<number> {
    let pieces = 0;
    let bytes = 0;
    let batch: Put[] = [];
    const write = async (): Promise<void> => {
      await this.#db.batch(batch, DURABLE);
      this.#check();
      batch = [];
      bytes = 0;
    };
    for (const piece of state) {
      const key = pieceKey(number, pieces++);
      batch.push(put(key, seal(key, piece)));
      bytes += key.length + piece.length;
      if (bytes >= PIECES_BYTES) await write();
    }
    if (batch.length > 0) await write();
    return pieces;
  }

  /** Runs what must end before the database is closed. Its failure is everybody's. */
  #run<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      this.#check();
      try {
        const result = await work();
        // What LevelDB failed at meanwhile may be what this stands on.
        if (this.#failure) throw this.#failure;
        return result;
      } catch (error) {
        throw this.#fail(error);
      }
    };
    const running = run();
    this.#running.add(running);
    const ended = () => void this.#running.delete(running);
    running.then(ended, ended);
    return running;
  }

  /** Throws why nothing more may be done, if so. */
  #check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new StoppedError('STOPPED', 'the storage is closed');
  }

  #fail(thrown: unknown): Error {
    // Neither of these tells anything of the data.
    if (thrown instanceof StoppedError || (thrown instanceof StorageError && thrown.code === 'STORAGE_NOT_OPEN')) return thrown;
    this.#failure ??= storageFailed(this.#options.directory, thrown);
    return this.#failure;
  }

  async #shut(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    try {
      // Its tables are checked better than its log, at whose end damage looks like a batch that a crash tore.
      if (this.#failure === undefined) await this.#database?.compactRange(POSITION, POSITION);
      await this.#database?.close();
    } finally {
      await this.#release?.();
    }
  }
}
