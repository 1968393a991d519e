import { Packr } from 'msgpackr';
import { decodeCommands, encodeCommands } from './batch.js';

/** A value to bytes and back. `decode` throws on bytes that `encode` did not make, and may return views of them. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
  /** How many values become bytes together, where the codec can do that faster than one by one. */
  readonly batch?: BatchCodec<T>;
}

/** Many values in one: a view and a call for each is what a batch of small ones costs most. */
export interface BatchCodec<T> {
  /** Makes one of values that `encode` has encoded. */
  join(encoded: readonly Uint8Array[]): Uint8Array;
  encodeAll(values: readonly T[]): Uint8Array;
  /** Throws on bytes that neither `join` nor `encodeAll` made. */
  decodeAll(bytes: Uint8Array): readonly T[];
}

/** Any codec's batches: each value behind its length. */
export const lengthPrefixed = <T>(codec: Codec<T>): BatchCodec<T> => ({
  join: encodeCommands,
  encodeAll: (values) => encodeCommands(values.map((value) => codec.encode(value))),
  decodeAll: (bytes) => decodeCommands(bytes).map((part) => codec.decode(part)),
});

export const batchOf = <T>(codec: Codec<T>): BatchCodec<T> => codec.batch ?? lengthPrefixed(codec);

const packr = new Packr({ useRecords: false, structuredClone: false });

/** A batch is an array of the values. */
const arrays: BatchCodec<unknown> = {
  join(encoded) {
    let size = 5;
    for (const { length } of encoded) size += length;
    const bytes = new Uint8Array(size);
    bytes[0] = 0xdd;
    new DataView(bytes.buffer).setUint32(1, encoded.length);
    let at = 5;
    for (const one of encoded) {
      bytes.set(one, at);
      at += one.length;
    }
    return bytes;
  },
  encodeAll: (values) => packr.pack(values),
  decodeAll(bytes) {
    const values: unknown = packr.unpack(bytes);
    if (!Array.isArray(values)) throw new TypeError('a batch is an array');
    return values;
  },
};

/** For what users send: plain data, Uint8Array, Date and bigint, without a schema. A Map comes back as a plain object. The default. */
export const msgpack = <T>(): Codec<T> => ({
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes) as T,
  batch: arrays as BatchCodec<T>,
});
