import { ByteReader, ByteWriter, sizeOfBlob } from '../transport/bytes.js';

/** The payload of a batch: its commands, in order. */
export const encodeCommands = (commands: readonly Uint8Array[]): Uint8Array => {
  let size = 4;
  for (const command of commands) size += sizeOfBlob(command);
  const writer = new ByteWriter(size);
  writer.u32(commands.length);
  for (const command of commands) writer.blob(command);
  return writer.bytes;
};

/** Throws `MalformedError`. The commands are views. */
export const decodeCommands = (payload: Uint8Array): readonly Uint8Array[] => {
  const reader = new ByteReader(payload);
  const commands = new Array<Uint8Array>(reader.count(4));
  for (let i = 0; i < commands.length; i++) commands[i] = reader.blob();
  reader.end();
  return commands;
};

/** What became of one command or query at a replica. */
export interface Outcome {
  /** False: it was refused, and `bytes` is the reason in UTF-8. */
  readonly ok: boolean;
  readonly bytes: Uint8Array;
}

export const encodeOutcomes = (outcomes: readonly Outcome[]): Uint8Array => {
  let size = 4;
  for (const { bytes } of outcomes) size += 1 + sizeOfBlob(bytes);
  const writer = new ByteWriter(size);
  writer.u32(outcomes.length);
  for (const { ok, bytes } of outcomes) {
    writer.u8(ok ? 1 : 0);
    writer.blob(bytes);
  }
  return writer.bytes;
};

/** Throws `MalformedError`. */
export const decodeOutcomes = (payload: Uint8Array): readonly Outcome[] => {
  const reader = new ByteReader(payload);
  const outcomes = new Array<Outcome>(reader.count(5));
  for (let i = 0; i < outcomes.length; i++) outcomes[i] = { ok: reader.u8() === 1, bytes: reader.blob() };
  reader.end();
  return outcomes;
};
