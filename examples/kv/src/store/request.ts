import type { Codec } from '@synod/core';
import { counted, list, type Reader, textSize, varintSize, Writer, whole } from './bytes.js';
import { COMMAND_OF_OP, type StoreCommand, takes } from './commands.js';

/** One command with its words. */
export interface Call {
  readonly command: StoreCommand;
  readonly args: readonly string[];
}

/** MULTI … EXEC: one reply, an array; nothing comes between its calls. */
export interface Transaction {
  readonly transaction: readonly Call[];
}

export type Request = Call | Transaction;

/** What one connection pipelined, in order: one command of the log, or one query. */
export type Requests = readonly Request[];

const VERSION = 1;
const EXEC = 0;

/** `version, count, request…`; a request is `op, argument count, argument…`, or `0, call count, call…`. */
export const requestsCodec: Codec<Requests> = {
  encode(requests) {
    const writer = new Writer(Buffer.allocUnsafe(requestsSize(requests)));
    writer.u8(VERSION);
    writer.varint(requests.length);
    for (const request of requests) {
      if ('command' in request) writeCall(writer, request);
      else {
        writer.u8(EXEC);
        writer.varint(request.transaction.length);
        for (const call of request.transaction) writeCall(writer, call);
      }
    }
    return writer.bytes;
  },
  decode: (bytes) => whole(bytes, readRequests),
  // Each tells where it ends, so a batch is its count and one after the other.
  batch: {
    join: counted,
    encodeAll: (values) => counted(values.map(requestsCodec.encode)),
    decodeAll: (bytes) => whole(bytes, (reader) => list(reader, readRequests)),
  },
};

const readRequests = (reader: Reader): Requests => {
  const version = reader.u8();
  if (version !== VERSION) throw new Error(`commands of format ${version}; this node reads format ${VERSION}`);
  return list(reader, readRequest);
};

const readRequest = (reader: Reader): Request => {
  const op = reader.u8();
  return op === EXEC ? { transaction: list(reader, readOp) } : readCall(reader, op);
};

const readOp = (reader: Reader): Call => readCall(reader, reader.u8());

export const requestsSize = (requests: Requests): number => {
  let size = 1 + varintSize(requests.length);
  for (const request of requests) size += requestSize(request);
  return size;
};

/** Bytes on the wire and in the log. */
export const requestSize = (request: Request): number => {
  if ('command' in request) return callSize(request);
  let size = 1 + varintSize(request.transaction.length);
  for (const call of request.transaction) size += callSize(call);
  return size;
};

const callSize = ({ args }: Call): number => {
  let size = 1 + varintSize(args.length);
  for (const arg of args) size += textSize(arg);
  return size;
};

const writeCall = (writer: Writer, { command, args }: Call): void => {
  writer.u8(command.op);
  writer.varint(args.length);
  for (const arg of args) writer.text(arg);
};

const readCall = (reader: Reader, op: number): Call => {
  const command = COMMAND_OF_OP[op];
  if (command === undefined) throw new Error(`unknown command number ${op}`);
  const args = list(reader, readText);
  if (!takes(command, args.length)) throw new Error(`${command.name} with ${args.length} arguments`);
  return { command, args };
};

const readText = (reader: Reader): string => reader.text();
