import type { DiskFile } from '@synod/core';
import { crc32 } from './crc32.js';
import { getUint64, setUint64, viewOf } from './frame.js';
import { type Steps, wait } from './sequence.js';

/**
 * What a file with a checkpoint in it holds:
 *
 *     header: SYNC | checksum | covers (8) | length of the role's name (4) | the name
 *     piece:  length (4) | checksum | bytes          as often as there are pieces
 *     footer: ffffffff   | checksum | pieces (8)     and the end of the file
 *
 * Each checksum also covers the length before it and is seeded by the checksum before, the first by a salt of the node's generation
 * and the file's number. So a piece that is changed, lost, repeated or moved breaks the chain, and a file of another node has none.
 */
export interface CheckpointHeader {
  readonly role: string;
  /** The role's records at positions below are replaced by the checkpoint. */
  readonly covers: number;
}

const MAGIC = 0x434e_5953;
const FIXED_HEADER_BYTES = 20;
const BLOCK_HEADER_BYTES = 8;
const FOOTER_BYTES = 16;
const FOOTER = 0xffff_ffff;
/** Small pieces are gathered up to this for one write, in a buffer that begins small: most checkpoints are. */
const WRITE_BYTES = 64 << 10;
const FIRST_BUFFER_BYTES = 4 << 10;
const READ_BYTES = 4 << 20;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Writes header, pieces and footer, in this order; small ones gathered, one write at a time. */
export class CheckpointWriter {
  #checksum: number;
  #pieces = 0;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #buffered = 0;
  #position = 0;

  constructor(
    readonly file: DiskFile,
    salt: number,
  ) {
    this.#checksum = salt;
  }

  *header({ role, covers }: CheckpointHeader): Steps<void> {
    const name = utf8.encode(role);
    const bytes = new Uint8Array(FIXED_HEADER_BYTES + name.length);
    const view = viewOf(bytes);
    view.setUint32(0, MAGIC, true);
    setUint64(view, 8, covers);
    view.setUint32(16, name.length, true);
    bytes.set(name, FIXED_HEADER_BYTES);
    this.#checksum = crc32(bytes, this.#checksum, 8);
    view.setUint32(4, this.#checksum, true);
    yield* this.#add(bytes);
  }

  *piece(bytes: Uint8Array): Steps<void> {
    this.#pieces++;
    const header = new Uint8Array(BLOCK_HEADER_BYTES);
    const view = viewOf(header);
    view.setUint32(0, bytes.length, true);
    this.#checksum = crc32(bytes, crc32(header, this.#checksum, 0, 4));
    view.setUint32(4, this.#checksum, true);
    yield* this.#add(header);
    yield* this.#add(bytes);
  }

  *footer(): Steps<void> {
    const bytes = new Uint8Array(FOOTER_BYTES);
    const view = viewOf(bytes);
    view.setUint32(0, FOOTER, true);
    setUint64(view, 8, this.#pieces);
    view.setUint32(4, crc32(bytes, crc32(bytes, this.#checksum, 0, 4), 8), true);
    yield* this.#add(bytes);
    yield* this.#flush();
  }

  *#add(bytes: Uint8Array): Steps<void> {
    if (this.#buffered + bytes.length > WRITE_BYTES) yield* this.#flush();
    if (bytes.length > WRITE_BYTES) {
      yield* wait(this.file.write(this.#position, bytes));
      this.#position += bytes.length;
    } else {
      const end = this.#buffered + bytes.length;
      if (end > this.#buffer.length) this.#grow(end);
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered = end;
    }
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.min(WRITE_BYTES, 2 * least));
    grown.set(this.#buffer.subarray(0, this.#buffered));
    this.#buffer = grown;
  }

  *#flush(): Steps<void> {
    if (this.#buffered === 0) return;
    yield* wait(this.file.write(this.#position, this.#buffer.subarray(0, this.#buffered)));
    this.#position += this.#buffered;
    this.#buffered = 0;
  }
}

/** Reads header and pieces, from front to end in windows. What it returns are views of them, so nothing is copied. */
export class CheckpointReader {
  #checksum: number;
  #window: Uint8Array = new Uint8Array(0);
  #at = 0;
  #windowEnd = 0;

  constructor(
    readonly file: DiskFile,
    salt: number,
    /** The error of a file that is damaged at a byte. */
    readonly damaged: (offset: number) => Error,
  ) {
    this.#checksum = salt;
  }

  *header(): Steps<CheckpointHeader> {
    const fixed = yield* this.#take(FIXED_HEADER_BYTES, 0);
    const view = viewOf(fixed);
    if (view.getUint32(0, true) !== MAGIC) throw this.damaged(0);
    const name = yield* this.#take(view.getUint32(16, true), 0);
    this.#checksum = crc32(name, crc32(fixed, this.#checksum, 8));
    if (this.#checksum !== view.getUint32(4, true)) throw this.damaged(0);
    return { role: text.decode(name), covers: getUint64(view, 8) };
  }

  *pieces(): Steps<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const start = this.#position;
      const header = yield* this.#take(BLOCK_HEADER_BYTES, start);
      const view = viewOf(header);
      const length = view.getUint32(0, true);
      const isFooter = length === FOOTER;
      const piece = yield* this.#take(isFooter ? FOOTER_BYTES - BLOCK_HEADER_BYTES : length, start);
      this.#checksum = crc32(piece, crc32(header, this.#checksum, 0, 4));
      if (this.#checksum !== view.getUint32(4, true)) throw this.damaged(start);
      if (!isFooter) pieces.push(piece);
      else if (getUint64(viewOf(piece), 0) !== pieces.length || this.#position !== this.file.size) throw this.damaged(start);
      else return pieces;
    }
  }

  /** Offset in the file of what is read next. */
  get #position(): number {
    return this.#windowEnd - this.#window.length + this.#at;
  }

  /** The next `length` bytes, of a block that begins at `start`. */
  *#take(length: number, start: number): Steps<Uint8Array> {
    if (this.#at + length > this.#window.length) {
      const position = this.#position;
      if (position + length > this.file.size) throw this.damaged(start);
      this.#window = yield* wait(this.file.read(position, Math.min(Math.max(length, READ_BYTES), this.file.size - position)));
      this.#at = 0;
      this.#windowEnd = position + this.#window.length;
      if (this.#window.length < length) throw this.damaged(start);
    }
    this.#at += length;
    return this.#window.subarray(this.#at - length, this.#at);
  }
}
