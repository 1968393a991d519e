import { ByteReader, ByteWriter, MalformedError, sizeOfBlob } from '../transport/bytes.js';

/** The payload of a batch: its commands, in order. Logs keep it. */
export const encodeCommands = (commands: readonly Uint8Array[]): Uint8Array => {
  let size = 4;
  for (const command of commands) size += sizeOfBlob(command);
  const writer = new ByteWriter(size, true);
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
  /** False: there is no result, and `bytes` is the reason in UTF-8. */
  readonly ok: boolean;
  readonly bytes: Uint8Array;
  /** It was executed, but its result is too large to be told. */
  readonly withheld?: true;
}

const Code = { Refused: 0, Done: 1, Withheld: 2 } as const;

export const encodeOutcomes = (outcomes: readonly Outcome[]): Uint8Array => {
  let size = 4;
  for (const { bytes } of outcomes) size += 1 + sizeOfBlob(bytes);
  const writer = new ByteWriter(size);
  writer.u32(outcomes.length);
  for (const { ok, bytes, withheld } of outcomes) {
    writer.u8(ok ? Code.Done : withheld ? Code.Withheld : Code.Refused);
    writer.blob(bytes);
  }
  return writer.bytes;
};

/** Throws `MalformedError`; there is at least one outcome. */
export const decodeOutcomes = (payload: Uint8Array): readonly [Outcome, ...Outcome[]] => {
  const reader = new ByteReader(payload);
  const count = reader.count(5);
  if (count === 0) throw new MalformedError('no outcome');
  const outcomes = new Array<Outcome>(count) as [Outcome, ...Outcome[]];
  for (let i = 0; i < count; i++) {
    const code = reader.u8();
    const bytes = reader.blob();
    outcomes[i] = code === Code.Withheld ? { ok: false, bytes, withheld: true } : { ok: code === Code.Done, bytes };
  }
  reader.end();
  return outcomes;
};

/** What the results of an executed batch look like: all of them together, or, where one is missing, an outcome for each. */
const Results = { Together: 1, OneByOne: 0 } as const;

export const togetherResults = (encoded: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(1 + encoded.length);
  bytes[0] = Results.Together;
  bytes.set(encoded, 1);
  return bytes;
};

export const oneByOneResults = (outcomes: readonly Outcome[]): Uint8Array => {
  const encoded = encodeOutcomes(outcomes);
  const bytes = new Uint8Array(1 + encoded.length);
  bytes.set(encoded, 1);
  return bytes;
};

/** Throws `MalformedError`. */
export const readResults = (
  bytes: Uint8Array,
): { readonly together: Uint8Array } | { readonly outcomes: readonly [Outcome, ...Outcome[]] } => {
  const rest = bytes.subarray(1);
  if (bytes[0] === Results.Together) return { together: rest };
  if (bytes[0] === Results.OneByOne) return { outcomes: decodeOutcomes(rest) };
  throw new MalformedError('results of no known form');
};
