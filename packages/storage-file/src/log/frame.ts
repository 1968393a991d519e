import type { LogRecord } from '@synod/core';
import { crc32 } from './crc32.js';
import { decodeRole, encodeRole } from './role-names.js';

/**
 * The log is a run of frames, little-endian, each beginning at a multiple of 8 bytes:
 *
 * | offset | bytes | field       | meaning                                                                     |
 * | -----: | ----: | ----------- | --------------------------------------------------------------------------- |
 * |      0 |     4 | magic       | `SYNF`                                                                      |
 * |      4 |     4 | checksum    | of bytes 8 to 48, seeded by the salt of the segment                         |
 * |      8 |     8 | sequence    | frames before it, ever                                                      |
 * |     16 |     8 | durable     | the durable mark: all frames of a lower sequence were durable when it was written |
 * |     24 |     8 | position    | of its first record                                                         |
 * |     32 |     4 | count       | of its records; 0 in a trailing mark                                        |
 * |     36 |     4 | length      | of the payload, in bytes                                                    |
 * |     40 |     4 | payload     | checksum of the payload                                                     |
 * |     44 |     4 | previous    | checksum field of the frame before it: a frame belongs to one history       |
 * |     48 |       | payload     | records, then zeros up to a multiple of 8                                   |
 *
 * A record is the length of its role's name (2 bytes), the length of its bytes (4), the name in UTF-8, the bytes.
 *
 * The salt is a checksum of the node's generation and the number of the segment, so a frame of another node or segment is none.
 */
export interface FrameHeader {
  /** Where the log stood before it. */
  readonly start: LogEnd;
  /** Where the log stands after it. */
  readonly end: LogEnd;
  readonly durable: number;
  readonly count: number;
  /** Of the payload, in bytes. */
  readonly length: number;
  /** The checksum of the payload. */
  readonly payload: number;
}

/** A place between two frames. */
export interface LogEnd {
  /** Of the frame that comes next. */
  readonly sequence: number;
  /** Of the record that comes next. */
  readonly position: number;
  /** The checksum of the frame that came last; 0 at the start. */
  readonly checksum: number;
}

export interface EncodedFrame {
  readonly bytes: Uint8Array;
  /** Where the log stands after it. */
  readonly end: LogEnd;
}

export const HEADER_BYTES = 48;
export const ALIGNMENT = 8;
/** What a batch takes at most: its length is a 32-bit field, and readers take a frame into memory in one piece. */
export const MAX_FRAME_BYTES = 0x4000_0000;

const MAGIC = 0x464e_5953;
const RECORD_HEADER_BYTES = 6;
const utf8 = new TextEncoder();

export const saltOf = (generation: string, segment: number): number => crc32(utf8.encode(`${generation}/${segment}`));

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Integers below 2^53. */
export const setUint64 = (view: DataView, offset: number, value: number): void => {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
};

export const getUint64 = (view: DataView, offset: number): number =>
  view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 0x1_0000_0000;

const aligned = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/** The bytes that a frame takes, with its padding. */
export const frameBytes = (header: FrameHeader): number => aligned(HEADER_BYTES + header.length);

/** The bytes that a frame of these records takes, with its padding. */
export const batchBytes = (records: readonly LogRecord[]): number => {
  let length = HEADER_BYTES;
  for (const { role, bytes } of records) length += RECORD_HEADER_BYTES + encodeRole(role).length + bytes.length;
  return aligned(length);
};

/** A frame of these records; without any, a trailing mark. `room` gives the bytes for it, whatever they hold. */
export const encodeFrame = (
  records: readonly LogRecord[],
  start: LogEnd,
  durable: number,
  salt: number,
  room = (length: number): Uint8Array => new Uint8Array(length),
): EncodedFrame => {
  const frame = room(batchBytes(records));
  const view = viewOf(frame);
  let at = HEADER_BYTES;
  for (const { role, bytes } of records) {
    const name = encodeRole(role);
    view.setUint16(at, name.length, true);
    view.setUint32(at + 2, bytes.length, true);
    frame.set(name, at + RECORD_HEADER_BYTES);
    frame.set(bytes, at + RECORD_HEADER_BYTES + name.length);
    at += RECORD_HEADER_BYTES + name.length + bytes.length;
  }
  frame.fill(0, at);
  view.setUint32(0, MAGIC, true);
  setUint64(view, 8, start.sequence);
  setUint64(view, 16, durable);
  setUint64(view, 24, start.position);
  view.setUint32(32, records.length, true);
  view.setUint32(36, at - HEADER_BYTES, true);
  view.setUint32(40, crc32(frame, 0, HEADER_BYTES, at), true);
  view.setUint32(44, start.checksum, true);
  const checksum = crc32(frame, salt, 8, HEADER_BYTES);
  view.setUint32(4, checksum, true);
  return { bytes: frame, end: { sequence: start.sequence + 1, position: start.position + records.length, checksum } };
};

/** The header at `offset`, if there is one. */
export const readHeader = (bytes: Uint8Array, view: DataView, offset: number, salt: number): FrameHeader | undefined => {
  if (offset + HEADER_BYTES > bytes.length || view.getUint32(offset, true) !== MAGIC) return undefined;
  const checksum = view.getUint32(offset + 4, true);
  if (crc32(bytes, salt, offset + 8, offset + HEADER_BYTES) !== checksum) return undefined;
  const sequence = getUint64(view, offset + 8);
  const position = getUint64(view, offset + 24);
  const count = view.getUint32(offset + 32, true);
  return {
    start: { sequence, position, checksum: view.getUint32(offset + 44, true) },
    end: { sequence: sequence + 1, position: position + count, checksum },
    durable: getUint64(view, offset + 16),
    count,
    length: view.getUint32(offset + 36, true),
    payload: view.getUint32(offset + 40, true),
  };
};

/** Whether the payload that follows a header is the one that was written with it. */
export const isWhole = (bytes: Uint8Array, offset: number, header: FrameHeader): boolean => {
  const start = offset + HEADER_BYTES;
  const end = start + header.length;
  return end <= bytes.length && crc32(bytes, 0, start, end) === header.payload;
};

/** Visits the records of a whole frame. `bytes` is a view that the visitor must copy to keep. */
export const forEachRecord = (
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  header: FrameHeader,
  visit: (role: string, position: number, bytes: Uint8Array) => void,
): void => {
  let at = offset + HEADER_BYTES;
  for (let index = 0; index < header.count; index++) {
    const name = at + RECORD_HEADER_BYTES;
    const body = name + view.getUint16(at, true);
    at = body + view.getUint32(at + 2, true);
    visit(decodeRole(bytes, name, body), header.start.position + index, bytes.subarray(body, at));
  }
};
