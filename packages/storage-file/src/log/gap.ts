import { crc32 } from './crc32.js';
import { getUint64, type LogEnd, setUint64, viewOf } from './frame.js';

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
