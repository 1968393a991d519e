import type { Message } from '../actor/envelope.js';
import { type ByteReader, type ByteWriter, MalformedError, sizeOfAscii, sizeOfBlob } from './bytes.js';
import type { MessageCodec } from './message-codec.js';

/** How one field of a message becomes bytes. */
export interface Field<T> {
  size(value: T): number;
  write(value: T, writer: ByteWriter): void;
  /** Throws `MalformedError`. */
  read(reader: ByteReader): T;
}

/** An integer from 0 to 2^53 - 1: a slot, a round, a count. */
export const index: Field<number> = { size: () => 8, write: (value, writer) => writer.f64(value), read: (reader) => reader.index() };

/** An integer from 0 to 2^32 - 1. */
export const u32: Field<number> = { size: () => 4, write: (value, writer) => writer.u32(value), read: (reader) => reader.u32() };

export const flag: Field<boolean> = {
  size: () => 1,
  write: (value, writer) => writer.u8(value ? 1 : 0),
  read: (reader) => reader.u8() !== 0,
};

/** Up to 255 characters of ASCII: the name of a node, a generation. */
export const ascii: Field<string> = { size: sizeOfAscii, write: (value, writer) => writer.ascii(value), read: (reader) => reader.ascii() };

export const blob: Field<Uint8Array> = { size: sizeOfBlob, write: (value, writer) => writer.blob(value), read: (reader) => reader.blob() };

/** One of a few words, in one byte: only ever append to the list. */
export const oneOf = <T extends string>(...words: readonly T[]): Field<T> => ({
  size: () => 1,
  write: (value, writer) => writer.u8(words.indexOf(value)),
  read(reader) {
    const word = words[reader.u8()];
    if (word === undefined) throw new MalformedError(`expected one of ${words.join(', ')}`);
    return word;
  },
});

/** Any number of the same; `least` is the fewest bytes that one takes. */
export const list = <T>(field: Field<T>, least: number): Field<readonly T[]> => ({
  size(values) {
    let size = 4;
    for (const value of values) size += field.size(value);
    return size;
  },
  write(values, writer) {
    writer.u32(values.length);
    for (const value of values) field.write(value, writer);
  },
  read(reader) {
    const values = new Array<T>(reader.count(least));
    for (let i = 0; i < values.length; i++) values[i] = field.read(reader);
    return values;
  },
});

type FieldsOf<T> = { readonly [Key in Exclude<keyof T, 'kind'>]-?: Field<T[Key]> };

/** A structure, field by field in the order given: that order is the wire format. */
export const structure = <T extends object>(fields: FieldsOf<T>): Field<T> => {
  const parts = Object.entries(fields) as [string, Field<unknown>][];
  return {
    size(value) {
      let size = 0;
      for (const [name, field] of parts) size += field.size((value as Record<string, unknown>)[name]);
      return size;
    },
    write(value, writer) {
      for (const [name, field] of parts) field.write((value as Record<string, unknown>)[name], writer);
    },
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, field] of parts) value[name] = field.read(reader);
      return value as T;
    },
  };
};

/** The codec of one kind of message, field by field in the order given: that order is the wire format. */
export const message = <M extends Message>(kind: M['kind'], fields: FieldsOf<M>): MessageCodec<M> => {
  const body = structure<M>(fields);
  return {
    size: body.size,
    write: body.write,
    read: (reader) => Object.assign({ kind }, body.read(reader)),
  };
};
