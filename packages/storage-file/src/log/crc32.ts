/**
 * CRC-32 (IEEE 802.3, as in zlib). Measured on Node 20: for 44 bytes the tables take 0.1 µs and zlib, across the native boundary,
 * 0.27; for 16 KiB the tables take 30 µs and zlib 5. So headers go through the tables, and payloads through zlib where it exists.
 */

const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  t0[byte] = crc;
}
for (let byte = 0; byte < 256; byte++) {
  let crc = t0[byte]!;
  for (const table of tables.slice(1)) table[byte] = crc = t0[crc & 0xff]! ^ (crc >>> 8);
}

const bySlicing = (bytes: Uint8Array, start: number, end: number, seed: number): number => {
  let crc = ~seed;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
};

type Native = (bytes: Uint8Array, seed: number) => number;

// Asked for, not imported: the log also runs where there is no Node.
const native = globalThis.process?.getBuiltinModule?.('node:zlib')?.crc32 as Native | undefined;

/** Below this many bytes crossing into native code costs more than it saves. */
const NATIVE_BYTES = 128;

/** The checksum of `bytes[start, end)`, continued from `seed`. */
export const crc32 = (bytes: Uint8Array, seed = 0, start = 0, end = bytes.length): number =>
  native && end - start >= NATIVE_BYTES ? native(bytes.subarray(start, end), seed) : bySlicing(bytes, start, end, seed);
