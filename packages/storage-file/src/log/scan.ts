import { ALIGNMENT, type FrameHeader, isWhole, type LogEnd, readHeader, viewOf } from './frame.js';

/** The frame at `offset`, if header and payload are sound. */
export const findFrame = (bytes: Uint8Array, view: DataView, offset: number, salt: number): FrameHeader | undefined => {
  const header = readHeader(bytes, view, offset, salt);
  return header && isWhole(bytes, offset, header) ? header : undefined;
};

/** From where the first frame of a segment says that it continues. */
export const frontOf = ({ bytes, salt }: { bytes: Uint8Array; salt: number }): LogEnd | undefined =>
  findFrame(bytes, viewOf(bytes), 0, salt)?.start;

/** The largest durable mark in any sound header from `from` on, wherever it stands; 0 if there is none. */
export const largestMark = (bytes: Uint8Array, from: number, salt: number): number => {
  const view = viewOf(bytes);
  const end = lastNonZero(bytes, from);
  let largest = 0;
  for (let offset = from; offset < end; offset += ALIGNMENT) {
    largest = Math.max(largest, readHeader(bytes, view, offset, salt)?.durable ?? 0);
  }
  return largest;
};

/** The end of the last byte at or after `from` that is not zero; `from` if there is none. */
export const lastNonZero = (bytes: Uint8Array, from: number): number => {
  let end = bytes.length;
  if (bytes.byteOffset % 4 === 0) {
    // Four at a time: a segment is megabytes of zeros at the end.
    while (end > from && end % 4 !== 0 && bytes[end - 1] === 0) end--;
    if (end % 4 === 0) {
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, end / 4);
      let word = words.length;
      while (word * 4 - 4 >= from && words[word - 1] === 0) word--;
      end = word * 4;
    }
  }
  while (end > from && bytes[end - 1] === 0) end--;
  return Math.max(end, from);
};
