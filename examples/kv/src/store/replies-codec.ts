import type { Codec } from '@synod/core';
import { counted, list, type Reader, textSize, varintSize, Writer, whole } from './bytes.js';
import { Failure, OK, type Reply, Status } from './reply.js';

const VERSION = 1;
const [NIL, OKAY, STATUS, FAILURE, BULK, INTEGER, NEGATIVE, BIG, ARRAY] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** `version`, then an array of replies; a reply is a tag and what it needs. */
export const repliesCodec: Codec<readonly Reply[]> = {
  encode(replies) {
    const writer = new Writer(Buffer.allocUnsafe(1 + replySize(replies)));
    writer.u8(VERSION);
    writeReply(writer, replies);
    return writer.bytes;
  },
  decode: (bytes) => whole(bytes, readReplies),
  // Each tells where it ends, so a batch is its count and one after the other.
  batch: {
    join: counted,
    encodeAll(batches) {
      let size = varintSize(batches.length);
      for (const replies of batches) size += 1 + replySize(replies);
      const writer = new Writer(Buffer.allocUnsafe(size));
      writer.varint(batches.length);
      for (const replies of batches) {
        writer.u8(VERSION);
        writeReply(writer, replies);
      }
      return writer.bytes;
    },
    decodeAll: (bytes) => whole(bytes, (reader) => list(reader, readReplies)),
  },
};

const readReplies = (reader: Reader): readonly Reply[] => {
  const version = reader.u8();
  if (version !== VERSION) throw new Error(`replies of format ${version}; this node reads format ${VERSION}`);
  const replies = readReply(reader);
  if (!Array.isArray(replies)) throw new Error('no array of replies');
  return replies;
};

const replySize = (reply: Reply): number => {
  if (typeof reply === 'string') return 1 + textSize(reply);
  if (reply === null || reply === OK) return 1;
  if (typeof reply === 'number') return 1 + varintSize(Math.abs(reply));
  if (typeof reply === 'bigint') return 1 + textSize(String(reply));
  if (reply instanceof Status) return 1 + textSize(reply.status);
  if (reply instanceof Failure) return 1 + textSize(reply.error);
  let size = 1 + varintSize(reply.length);
  for (const each of reply) size += replySize(each);
  return size;
};

const writeReply = (writer: Writer, reply: Reply): void => {
  if (reply === null) writer.u8(NIL!);
  else if (reply === OK) writer.u8(OKAY!);
  else if (typeof reply === 'string') writeText(writer, BULK!, reply);
  else if (typeof reply === 'number') {
    writer.u8(reply < 0 ? NEGATIVE! : INTEGER!);
    writer.varint(Math.abs(reply));
  } else if (typeof reply === 'bigint') writeText(writer, BIG!, String(reply));
  else if (reply instanceof Status) writeText(writer, STATUS!, reply.status);
  else if (reply instanceof Failure) writeText(writer, FAILURE!, reply.error);
  else {
    writer.u8(ARRAY!);
    writer.varint(reply.length);
    for (const each of reply) writeReply(writer, each);
  }
};

const writeText = (writer: Writer, tag: number, text: string): void => {
  writer.u8(tag);
  writer.text(text);
};

const readReply = (reader: Reader): Reply => {
  const tag = reader.u8();
  switch (tag) {
    case NIL:
      return null;
    case OKAY:
      return OK;
    case STATUS:
      return new Status(reader.text());
    case FAILURE:
      return new Failure(reader.text());
    case BULK:
      return reader.text();
    case INTEGER:
      return reader.varint();
    case NEGATIVE:
      return -reader.varint();
    case BIG:
      return BigInt(reader.text());
    case ARRAY:
      return list(reader, readReply);
    default:
      throw new Error(`unknown reply tag ${tag}`);
  }
};
