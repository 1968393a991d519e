import type { Disk, DiskFile } from '@synod/core';
import { segmentFiles, TEMPORARY } from './files.js';
import { type LogEnd, saltOf } from './frame.js';
import type { Lifecycle } from './lifecycle.js';
import { type Steps, wait } from './sequence.js';

/**
 * The log is cut into segments, files of one size that are numbered from 1 without a gap. Each is written full of zeros and synced
 * before it gets its name, so that an append changes nothing but the contents of blocks that the file already has: the file system
 * journals nothing, and the sync is one write to the disk.
 */
export interface SealedSegment {
  readonly number: number;
  /** The number of the segment in which the log goes on. */
  readonly next: number;
  /** The position of the last record of each role that has any here. */
  readonly lastPositions: ReadonlyMap<string, number>;
  /** Where the log stood at its end. */
  readonly end: LogEnd;
  /** Whether it was dropped, with others after it perhaps, and only its end is kept. */
  readonly gap: boolean;
}

/** The segment that is being appended to. */
export interface ActiveSegment {
  readonly number: number;
  readonly file: DiskFile;
  readonly salt: number;
  /** Bytes made ready. A batch that takes more, alone, makes the file longer. */
  readonly capacity: number;
  /** Where the next frame goes. */
  tail: number;
  readonly lastPositions: Map<string, number>;
}

const ZEROS = new Uint8Array(256 << 10);

/** Makes an empty segment, and opens it. Interrupted, it leaves nothing but a temporary file. */
export function* createSegment(disk: Disk, number: number, bytes: number, generation: string, lifecycle: Lifecycle): Steps<ActiveSegment> {
  const name = segmentFiles.name(number);
  const draft = yield* wait(disk.open(name + TEMPORARY, 'create'));
  try {
    // In small pieces, each durable before the next: what is appended meanwhile waits for one of them, not for a whole segment that
    // is synced at once.
    for (let at = 0; at < bytes; at += ZEROS.length) {
      lifecycle.check();
      yield* wait(draft.writeDurably(at, ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at))));
    }
  } finally {
    yield* wait(draft.close());
  }
  yield* wait(disk.rename(name + TEMPORARY, name));
  yield* wait(disk.syncDirectory());
  return yield* openSegment(disk, number, 0, generation, new Map());
}

export function* openSegment(
  disk: Disk,
  number: number,
  tail: number,
  generation: string,
  lastPositions: Map<string, number>,
): Steps<ActiveSegment> {
  const file = yield* wait(disk.open(segmentFiles.name(number), 'existing'));
  return { number, file, salt: saltOf(generation, number), capacity: file.size, tail, lastPositions };
}
