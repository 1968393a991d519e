import type { Disk } from '@synod/core';
import { type CheckpointHeader, CheckpointReader, CheckpointWriter } from './checkpoint-file.js';
import { damagedCheckpoint } from './errors.js';
import { checkpointFiles, TEMPORARY } from './files.js';
import { saltOf } from './frame.js';
import type { Lifecycle } from './lifecycle.js';
import { type Steps, wait } from './sequence.js';

export interface Checkpoint extends CheckpointHeader {
  readonly pieces: readonly Uint8Array[];
}

interface Kept extends CheckpointHeader {
  readonly number: number;
}

/**
 * The newest checkpoint of each role, in a file of its own, under a number that only grows.
 *
 * It is written under a temporary name, synced, renamed, and its directory synced; only then the older one goes. Hence a file that
 * has its final name is whole, or it was damaged after it was acknowledged. A temporary one was interrupted, and is removed.
 */
export class CheckpointStore {
  readonly #newest = new Map<string, Kept>();
  #lastNumber = 0;

  constructor(
    readonly disk: Disk,
    readonly generation: string,
    readonly label: string,
  ) {}

  /** The newest checkpoint of every role. What a crash left of older ones is removed. */
  *recover(names: readonly string[]): Steps<Checkpoint[]> {
    const older: number[] = [];
    for (const number of checkpointFiles.numbers(names)) {
      const header = yield* this.#reading(number, (reader) => reader.header());
      const before = this.#newest.get(header.role);
      if (before) older.push(before.number);
      this.#newest.set(header.role, { ...header, number });
      this.#lastNumber = number;
    }
    const found: Checkpoint[] = [];
    for (const { number } of this.#newest.values()) {
      found.push(
        yield* this.#reading(number, function* (reader) {
          return { ...(yield* reader.header()), pieces: yield* reader.pieces() };
        }),
      );
    }
    // Only now that what took their place was found whole.
    for (const number of older) yield* wait(this.disk.remove(checkpointFiles.name(number)));
    return found;
  }

  /** Pulls `state` piece by piece. Throws the lifecycle's obstacle as soon as there is one. */
  *write(header: CheckpointHeader, state: Iterable<Uint8Array>, lifecycle: Lifecycle): Steps<void> {
    const number = ++this.#lastNumber;
    const name = checkpointFiles.name(number);
    const file = yield* wait(this.disk.open(name + TEMPORARY, 'create'));
    try {
      const writer = new CheckpointWriter(file, this.#salt(number));
      yield* writer.header(header);
      for (const piece of state) {
        yield* writer.piece(piece);
        lifecycle.check();
      }
      yield* writer.footer();
      lifecycle.check();
      yield* wait(file.sync());
    } finally {
      yield* wait(file.close());
    }
    lifecycle.check();
    yield* wait(this.disk.rename(name + TEMPORARY, name));
    yield* wait(this.disk.syncDirectory());
    const older = this.#newest.get(header.role);
    this.#newest.set(header.role, { ...header, number });
    if (older) yield* wait(this.disk.remove(checkpointFiles.name(older.number)));
  }

  *#reading<T>(number: number, read: (reader: CheckpointReader) => Steps<T>): Steps<T> {
    const name = checkpointFiles.name(number);
    const file = yield* wait(this.disk.open(name, 'existing'));
    try {
      return yield* read(new CheckpointReader(file, this.#salt(number), (offset) => damagedCheckpoint(this.label, name, offset)));
    } finally {
      yield* wait(file.close());
    }
  }

  #salt(number: number): number {
    return saltOf(`${this.generation}/checkpoint`, number);
  }
}
