import { crc32 } from 'node:zlib';
import type { ClassicLevel } from 'classic-level';

/**
 * The keys, which are text, so that LevelDB's order is the order of replay and its tools show what is there:
 *
 * | key                              | value                                                                     |
 * | -------------------------------- | ------------------------------------------------------------------------- |
 * | `identity`                       | JSON: format, cluster, node, generation                                   |
 * | `position`                       | JSON: the position after the last record; a part of every batch           |
 * | `record/ROLE/POSITION`           | how many records the role appended before this one (6 bytes); the record  |
 * | `checkpoint/ROLE`                | JSON: which pieces, how many, what they cover; the switch from old to new |
 * | `piece/NUMBER/INDEX`             | a piece of a checkpoint                                                   |
 *
 * Roles are percent-encoded, so that they hold no slash; numbers have 16 digits. Each value is preceded by a CRC-32 of key and value.
 */
export type Database = ClassicLevel<string, Uint8Array>;

/**
 * Every write that anything stands on. A write without it is not made durable by a later one with it: LevelDB may have begun
 * another log between the two, and syncs only that.
 */
export const DURABLE = { sync: true } as const;

export interface Put {
  readonly type: 'put';
  readonly key: string;
  readonly value: Uint8Array;
}

export const put = (key: string, value: Uint8Array): Put => ({ type: 'put', key, value });

export const FORMAT = 1;
export const IDENTITY = 'identity';
export const POSITION = 'position';

/** A checkpoint that is in force. */
export interface Head {
  /** Of its pieces. */
  readonly number: number;
  readonly pieces: number;
  /** It replaces the role's records at positions below. */
  readonly covers: number;
  /** How many those were, since the role's first. */
  readonly records: number;
}

const digits = (number: number): string => String(number).padStart(16, '0');

export const recordKey = (role: string, position: number): string => `record/${encodeURIComponent(role)}/${digits(position)}`;
export const headKey = (role: string): string => `checkpoint/${encodeURIComponent(role)}`;
export const pieceKey = (number: number, index: number): string => `piece/${digits(number)}/${digits(index)}`;

interface Range {
  readonly gte: string;
  readonly lt: string;
}

/** All keys below `prefix` and a slash; the character after a slash is 0. */
export const below = (prefix: string): Range => ({ gte: `${prefix}/`, lt: `${prefix}0` });

export const allPieces = (number: number): Range => below(`piece/${digits(number)}`);
export const recordsBelow = (role: string, covers: number): Range => ({ gte: recordKey(role, 0), lt: recordKey(role, covers) });
export const recordsFrom = (role: string, covers: number): Range => ({
  ...below(`record/${encodeURIComponent(role)}`),
  gte: recordKey(role, covers),
});

export const roleOf = (key: string): string => decodeURIComponent(key.split('/')[1] as string);
/** The last number in a key. */
export const numberOf = (key: string, part = 2): number => Number(key.split('/')[part]);

const CHECKSUM_BYTES = 4;
const COUNT_BYTES = 6;

const checksum = (key: string, value: Uint8Array): number => crc32(value, crc32(key));

/** `value` behind its checksum, as the value of `key`. */
const sealed = (key: string, bytes: Buffer): Uint8Array => {
  bytes.writeUInt32BE(checksum(key, bytes.subarray(CHECKSUM_BYTES)));
  return bytes;
};

export const seal = (key: string, value: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + value.length);
  bytes.set(value, CHECKSUM_BYTES);
  return sealed(key, bytes);
};

/** The value, or undefined if it is not what was written under `key`. */
export const unseal = (key: string, bytes: Uint8Array | undefined): Uint8Array | undefined => {
  if (bytes === undefined || bytes.length < CHECKSUM_BYTES) return undefined;
  const value = bytes.subarray(CHECKSUM_BYTES);
  return Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32BE() === checksum(key, value) ? value : undefined;
};

export const sealJson = (key: string, value: unknown): Uint8Array => seal(key, Buffer.from(JSON.stringify(value)));

export const unsealJson = <T>(key: string, bytes: Uint8Array | undefined): T | undefined => {
  const value = unseal(key, bytes);
  return value && (JSON.parse(Buffer.from(value).toString()) as T);
};

/** `count`: how many records the role appended before. */
export const sealRecord = (key: string, count: number, record: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + COUNT_BYTES + record.length);
  bytes.writeUIntBE(count, CHECKSUM_BYTES, COUNT_BYTES);
  bytes.set(record, CHECKSUM_BYTES + COUNT_BYTES);
  return sealed(key, bytes);
};

export const unsealRecord = (key: string, bytes: Uint8Array): { count: number; record: Uint8Array } | undefined => {
  const value = unseal(key, bytes);
  if (value === undefined || value.length < COUNT_BYTES) return undefined;
  const count = Buffer.from(value.buffer, value.byteOffset).readUIntBE(0, COUNT_BYTES);
  return { count, record: value.subarray(COUNT_BYTES) };
};
