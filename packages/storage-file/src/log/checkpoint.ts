import { type Disk, type DiskFile, StorageError } from '@synod/core';
import { crc32 } from './crc32.js';
import { getUint64, saltOf, setUint64, viewOf } from './frame.js';
import type { Lifecycle } from './lifecycle.js';
import { TEMPORARY } from './segment.js';
import { type Steps, wait } from './sequence.js';

/**
 * A checkpoint is a file of its own, `checkpoint-` and a number that only grows:
 *
 *     header: SYNC | checksum | covers (8) | length of the role's name (4) | the name
 *     piece:  length (4) | checksum | bytes          as often as there are pieces
 *     footer: ffffffff   | checksum | pieces (8)     and the end of the file
 *
 * Each checksum also covers the length before it and is seeded by the checksum before, the first by a salt of the node's generation
 * and the file's number. So a piece that is changed, lost, repeated or moved breaks the chain, and a file of another node has none.
 *
 * It is written under a temporary name, synced, renamed, and its directory synced; only then the older one goes. Hence a file that
 * has its final name is whole, or it was damaged after it was acknowledged. A temporary one was interrupted, and is removed.
 */
interface CheckpointHeader {
  readonly number: number;
  readonly role: string;
  readonly covers: number;
}

export interface Checkpoint extends CheckpointHeader {
  readonly pieces: readonly Uint8Array[];
}

const NAME = /^checkpoint-(\d{10})$/;
const MAGIC = 0x434e_5953;
const FIXED_HEADER_BYTES = 20;
const BLOCK_HEADER_BYTES = 8;
const FOOTER_BYTES = 16;
const FOOTER = 0xffff_ffff;
/** Small pieces are gathered up to this for one write. */
const WRITE_BYTES = 64 << 10;
const READ_BYTES = 4 << 20;

const utf8 = new TextEncoder();
const text = new TextDecoder();

const checkpointName = (number: number): string => `checkpoint-${String(number).padStart(10, '0')}`;
const checkpointSalt = (generation: string, number: number): number => saltOf(`${generation}/checkpoint`, number);

const encodeHeader = (role: string, covers: number, salt: number): Uint8Array => {
  const name = utf8.encode(role);
  const bytes = new Uint8Array(FIXED_HEADER_BYTES + name.length);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  setUint64(view, 8, covers);
  view.setUint32(16, name.length, true);
  bytes.set(name, FIXED_HEADER_BYTES);
  view.setUint32(4, crc32(bytes, salt, 8), true);
  return bytes;
};

const encodeFooter = (pieces: number, previous: number): Uint8Array => {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, FOOTER, true);
  setUint64(view, 8, pieces);
  view.setUint32(4, crc32(bytes, crc32(bytes, previous, 0, 4), 8), true);
  return bytes;
};

/** Gathers small blocks into writes, one at a time. */
class BlockWriter {
  #checksum = 0;
  #buffer = new Uint8Array(WRITE_BYTES);
  #buffered = 0;
  #position = 0;

  constructor(readonly file: DiskFile) {}

  *header(bytes: Uint8Array): Steps<void> {
    this.#checksum = viewOf(bytes).getUint32(4, true);
    yield* this.#add(bytes);
  }

  *piece(bytes: Uint8Array): Steps<void> {
    const header = new Uint8Array(BLOCK_HEADER_BYTES);
    const view = viewOf(header);
    view.setUint32(0, bytes.length, true);
    this.#checksum = crc32(bytes, crc32(header, this.#checksum, 0, 4));
    view.setUint32(4, this.#checksum, true);
    yield* this.#add(header);
    yield* this.#add(bytes);
  }

  *footer(pieces: number): Steps<void> {
    yield* this.#add(encodeFooter(pieces, this.#checksum));
    yield* this.#flush();
  }

  *#flush(): Steps<void> {
    if (this.#buffered === 0) return;
    yield* wait(this.file.write(this.#position, this.#buffer.subarray(0, this.#buffered)));
    this.#position += this.#buffered;
    this.#buffered = 0;
    this.#buffer = new Uint8Array(WRITE_BYTES);
  }

  *#add(bytes: Uint8Array): Steps<void> {
    if (this.#buffered + bytes.length > WRITE_BYTES) yield* this.#flush();
    if (bytes.length > WRITE_BYTES) {
      yield* wait(this.file.write(this.#position, bytes));
      this.#position += bytes.length;
    } else {
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    }
  }
}

/** Reads a file from front to end in windows; what it returns are views, so nothing is copied. */
class BlockReader {
  #window: Uint8Array = new Uint8Array(0);
  #at = 0;
  #windowEnd = 0;

  constructor(readonly file: DiskFile) {}

  /** Offset in the file of what is read next. */
  get position(): number {
    return this.#windowEnd - this.#window.length + this.#at;
  }

  /** `length` bytes, or undefined if the file has fewer. */
  *take(length: number): Steps<Uint8Array | undefined> {
    if (this.#at + length > this.#window.length) {
      const position = this.position;
      if (position + length > this.file.size) return undefined;
      this.#window = yield* wait(this.file.read(position, Math.min(Math.max(length, READ_BYTES), this.file.size - position)));
      this.#at = 0;
      this.#windowEnd = position + this.#window.length;
      if (this.#window.length < length) return undefined;
    }
    this.#at += length;
    return this.#window.subarray(this.#at - length, this.#at);
  }
}

const damaged = (number: number, offset: number): StorageError =>
  new StorageError(
    'DAMAGED_CHECKPOINT',
    `${checkpointName(number)} is damaged at byte ${offset}: it was acknowledged, and what it replaced is gone; ` +
      'restore the disk; until then the other nodes serve without this one',
  );

function* readHeader(reader: BlockReader, number: number, generation: string): Steps<CheckpointHeader & { checksum: number }> {
  const fixed = yield* reader.take(FIXED_HEADER_BYTES);
  if (!fixed) throw damaged(number, 0);
  const view = viewOf(fixed);
  if (view.getUint32(0, true) !== MAGIC) throw damaged(number, 0);
  const name = yield* reader.take(view.getUint32(16, true));
  const checksum = view.getUint32(4, true);
  if (!name || crc32(name, crc32(fixed, checkpointSalt(generation, number), 8)) !== checksum) throw damaged(number, 0);
  return { number, role: text.decode(name), covers: getUint64(view, 8), checksum };
}

function* readPieces(reader: BlockReader, number: number, seed: number): Steps<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let checksum = seed;
  for (;;) {
    const offset = reader.position;
    const header = yield* reader.take(BLOCK_HEADER_BYTES);
    if (!header) throw damaged(number, offset);
    const view = viewOf(header);
    const length = view.getUint32(0, true);
    const isFooter = length === FOOTER;
    const piece = yield* reader.take(isFooter ? FOOTER_BYTES - BLOCK_HEADER_BYTES : length);
    if (!piece) throw damaged(number, offset);
    checksum = crc32(piece, crc32(header, checksum, 0, 4));
    if (checksum !== view.getUint32(4, true)) throw damaged(number, offset);
    if (!isFooter) pieces.push(piece);
    else if (getUint64(viewOf(piece), 0) !== pieces.length || reader.position !== reader.file.size) throw damaged(number, offset);
    else return pieces;
  }
}

function* reading<T>(disk: Disk, number: number, read: (reader: BlockReader) => Steps<T>): Steps<T> {
  const file = yield* wait(disk.open(checkpointName(number), 'existing'));
  try {
    return yield* read(new BlockReader(file));
  } finally {
    yield* wait(file.close());
  }
}

export class CheckpointStore {
  readonly #newest = new Map<string, CheckpointHeader>();
  #lastNumber = 0;

  constructor(
    readonly disk: Disk,
    readonly generation: string,
  ) {}

  /** The newest checkpoint of every role. What a crash left of older ones is removed. */
  *recover(names: readonly string[]): Steps<Checkpoint[]> {
    const { disk, generation } = this;
    const numbers = checkpointNumbers(names);
    for (const number of numbers) {
      const { role, covers } = yield* reading(disk, number, (reader) => readHeader(reader, number, generation));
      const older = this.#newest.get(role);
      this.#newest.set(role, { number, role, covers });
      this.#lastNumber = number;
      if (older) yield* wait(disk.remove(checkpointName(older.number)));
    }
    const checkpoints: Checkpoint[] = [];
    for (const header of this.#newest.values()) {
      const pieces = yield* reading(disk, header.number, function* (reader) {
        const { checksum } = yield* readHeader(reader, header.number, generation);
        return yield* readPieces(reader, header.number, checksum);
      });
      checkpoints.push({ ...header, pieces });
    }
    return checkpoints;
  }

  /** Pulls `state` piece by piece. Throws the lifecycle's obstacle as soon as there is one. */
  *write(role: string, covers: number, state: Iterable<Uint8Array>, lifecycle: Lifecycle): Steps<void> {
    const number = ++this.#lastNumber;
    const name = checkpointName(number);
    const salt = checkpointSalt(this.generation, number);
    const file = yield* wait(this.disk.open(name + TEMPORARY, 'create'));
    try {
      const writer = new BlockWriter(file);
      yield* writer.header(encodeHeader(role, covers, salt));
      let pieces = 0;
      for (const piece of state) {
        yield* writer.piece(piece);
        lifecycle.check();
        pieces++;
      }
      yield* writer.footer(pieces);
      lifecycle.check();
      yield* wait(file.sync());
    } finally {
      yield* wait(file.close());
    }
    lifecycle.check();
    yield* wait(this.disk.rename(name + TEMPORARY, name));
    yield* wait(this.disk.syncDirectory());
    const older = this.#newest.get(role);
    this.#newest.set(role, { number, role, covers });
    if (older) yield* wait(this.disk.remove(checkpointName(older.number)));
  }
}

export const checkpointNumbers = (names: readonly string[]): number[] =>
  names
    .map((name) => Number(NAME.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
