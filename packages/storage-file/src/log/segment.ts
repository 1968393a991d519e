import type { Disk, DiskFile } from '@synod/core';
import { crc32 } from './crc32.js';
import { getUint64, type LogEnd, saltOf, setUint64, viewOf } from './frame.js';
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

export const TEMPORARY = '.tmp';

const NAME = /^segment-(\d{10})$/;
const ZEROS_BYTES = 256 << 10;

export const segmentName = (number: number): string => `segment-${String(number).padStart(10, '0')}`;

/** The numbers of the segments among `names`, ascending. */
export const segmentNumbers = (names: readonly string[]): number[] =>
  names
    .map((name) => Number(NAME.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);

/** Makes an empty segment, and opens it. Interrupted, it leaves nothing but a temporary file. */
export function* createSegment(disk: Disk, number: number, bytes: number, generation: string, lifecycle: Lifecycle): Steps<ActiveSegment> {
  const name = segmentName(number);
  const draft = yield* wait(disk.open(name + TEMPORARY, 'create'));
  try {
    // In small pieces, each durable before the next: what is appended meanwhile waits for one of them, not for a whole segment that
    // is synced at once.
    const zeros = new Uint8Array(Math.min(bytes, ZEROS_BYTES));
    for (let at = 0; at < bytes; at += zeros.length) {
      lifecycle.check();
      yield* wait(draft.writeDurably(at, zeros.subarray(0, Math.min(zeros.length, bytes - at))));
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
  const file = yield* wait(disk.open(segmentName(number), 'existing'));
  return { number, file, salt: saltOf(generation, number), capacity: file.size, tail, lastPositions };
}

/** Writes `bytes` as the whole of the file `name`, so that after a crash there is the old file or the new one. */
export function* writeWhole(disk: Disk, name: string, bytes: Uint8Array): Steps<void> {
  const draft = yield* wait(disk.open(name + TEMPORARY, 'create'));
  try {
    yield* wait(draft.writeDurably(0, bytes));
  } finally {
    yield* wait(draft.close());
  }
  yield* wait(disk.rename(name + TEMPORARY, name));
  yield* wait(disk.syncDirectory());
}

export function* readWhole(disk: Disk, name: string): Steps<Uint8Array> {
  const file = yield* wait(disk.open(name, 'existing'));
  try {
    return yield* wait(file.read(0, file.size));
  } finally {
    yield* wait(file.close());
  }
}

/**
 * A gap stands in the place of segments in the midst of the log whose records all were replaced by checkpoints, while an older
 * segment still holds a record that was not. It says where the log goes on.
 */
export interface Gap {
  /** Where the log stood before what was dropped. */
  readonly start: LogEnd;
  /** Where the log goes on, */
  readonly end: LogEnd;
  /** and in which segment. */
  readonly next: number;
}

const GAP_MAGIC = 0x474e_5953; // SYNG
const GAP_BYTES = 56;

/** `SYNG` | checksum of the rest | next (8) | start: sequence (8), position (8), checksum (4) | end: the same. */
export const encodeGap = ({ start, end, next }: Gap, salt: number): Uint8Array => {
  const bytes = new Uint8Array(GAP_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, GAP_MAGIC, true);
  setUint64(view, 8, next);
  setEnd(view, 16, start);
  setEnd(view, 36, end);
  view.setUint32(4, crc32(bytes, salt, 8), true);
  return bytes;
};

export const readGap = (bytes: Uint8Array, salt: number): Gap | undefined => {
  if (bytes.length !== GAP_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== GAP_MAGIC || crc32(bytes, salt, 8) !== view.getUint32(4, true)) return undefined;
  return { next: getUint64(view, 8), start: getEnd(view, 16), end: getEnd(view, 36) };
};

const setEnd = (view: DataView, offset: number, { sequence, position, checksum }: LogEnd): void => {
  setUint64(view, offset, sequence);
  setUint64(view, offset + 8, position);
  view.setUint32(offset + 16, checksum, true);
};

const getEnd = (view: DataView, offset: number): LogEnd => ({
  sequence: getUint64(view, offset),
  position: getUint64(view, offset + 8),
  checksum: view.getUint32(offset + 16, true),
});
