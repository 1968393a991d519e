import { Packr } from 'msgpackr';

/** A value to bytes and back. `decode` throws on bytes that `encode` did not make. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

const packr = new Packr({ useRecords: false, structuredClone: false });

/** For what users send: plain data, Uint8Array, Date and bigint, without a schema. A Map comes back as a plain object. The default. */
export const msgpack = <T>(): Codec<T> => ({
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes) as T,
});
