import type { RecoveredRole } from '../../actor/actor.js';
import { ByteReader, ByteWriter, MalformedError, sizeOfAscii, sizeOfBlob } from '../../transport/bytes.js';
import { type Ballot, NO_BALLOT, readBallot, sameBallot, sizeOfBallot, writeBallot } from '../ballot.js';
import {
  type AdmissionState,
  noAdmission,
  readAdmission,
  replayAdmission,
  sizeOfAdmission,
  writeAdmission,
} from '../enrolment/admission-log.js';
import type { ProposerAge } from './messages.js';
import { readText, sizeOfText, writeText } from './text.js';

/** What an acceptor holds of one key; replaced, never changed. */
export interface Register {
  /** No ballot below it will be voted for again. */
  readonly promised: Ballot;
  /** The last vote: its ballot and what it was for. */
  readonly accepted: Ballot;
  readonly state: Uint8Array;
}

export const NO_REGISTER: Register = Object.freeze({ promised: NO_BALLOT, accepted: NO_BALLOT, state: new Uint8Array() });

/** What an acceptor must never forget. */
export interface AcceptorState {
  readonly registers: Map<string, Register>;
  /** By proposer: what is younger is taken from it, and nothing older. */
  readonly ages: Map<string, number>;
  /** The highest round that was ever promised, of any key, deleted ones included. */
  round: number;
  readonly admission: AdmissionState;
}

/** The first byte of a record; those of admission have others. */
const Kind = { Register: 1, Erase: 2, Head: 5 } as const;

const sizeOfRegister = (key: string, { promised, accepted, state }: Register): number =>
  sizeOfText(key) + sizeOfBallot(promised) + sizeOfBallot(accepted) + sizeOfBlob(state);

const writeRegister = (key: string, { promised, accepted, state }: Register, writer: ByteWriter): void => {
  writeText(key, writer);
  writeBallot(promised, writer);
  writeBallot(accepted, writer);
  writer.blob(state);
};

/** About what it takes in memory and in a checkpoint, bytes. */
export const bytesOf = (key: string, register: Register): number => sizeOfRegister(key, register);

/** All of a key in one record: a vote and the promises that go with it are durable together or not at all. */
export const registerRecord = (key: string, register: Register): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfRegister(key, register));
  writer.u8(Kind.Register);
  writeRegister(key, register, writer);
  return writer.bytes;
};

const sizeOfAges = (ages: readonly ProposerAge[]): number => ages.reduce((size, { node }) => size + sizeOfAscii(node) + 8, 4);

const writeAges = (ages: readonly ProposerAge[], writer: ByteWriter): void => {
  writer.u32(ages.length);
  for (const { node, age } of ages) {
    writer.ascii(node);
    writer.f64(age);
  }
};

/** The ages, and the key if it still was the tombstone of `ballot`, in one record. */
export const eraseRecord = (key: string, ballot: Ballot, ages: readonly ProposerAge[]): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfText(key) + sizeOfBallot(ballot) + sizeOfAges(ages));
  writer.u8(Kind.Erase);
  writeText(key, writer);
  writeBallot(ballot, writer);
  writeAges(ages, writer);
  return writer.bytes;
};

/** Puts it in. A promise, too, counts for the highest round. */
export const keep = (state: AcceptorState, key: string, register: Register): void => {
  state.registers.set(key, register);
  state.round = Math.max(state.round, register.promised.round);
};

/**
 * Raises the ages; forgets the key if nothing was promised or voted for since the tombstone of `ballot`. A promise above it would be
 * forgotten with it, and the proposer that was promised might lose what another writes below. True if nothing is left of the key.
 */
export const erase = (state: AcceptorState, key: string, ballot: Ballot, ages: readonly ProposerAge[]): boolean => {
  for (const { node, age } of ages) state.ages.set(node, Math.max(age, state.ages.get(node) ?? 0));
  const { promised, accepted } = state.registers.get(key) ?? NO_REGISTER;
  if (sameBallot(accepted, ballot) && sameBallot(promised, ballot)) state.registers.delete(key);
  return !state.registers.has(key);
};

/** A checkpoint is pulled in pieces of about this many bytes: small, so that none holds up the node. */
const CHECKPOINT_PIECE_BYTES = 64 * 1024;

/** The whole state in pieces, from a view that later votes do not change. */
export const acceptorCheckpoint = (state: AcceptorState): Iterable<Uint8Array> => {
  const head = headOf(state);
  const registers = [...state.registers];
  return (function* () {
    yield head;
    for (let at = 0; at < registers.length; ) {
      const first = at;
      for (let bytes = 0; at < registers.length && bytes < CHECKPOINT_PIECE_BYTES; at++) {
        const [key, register] = registers[at] as [string, Register];
        bytes += sizeOfRegister(key, register);
      }
      const piece = registers.slice(first, at);
      const writer = new ByteWriter(piece.reduce((size, [key, register]) => size + 1 + sizeOfRegister(key, register), 0));
      for (const [key, register] of piece) {
        writer.u8(Kind.Register);
        writeRegister(key, register, writer);
      }
      yield writer.bytes;
    }
  })();
};

const headOf = ({ round, ages, admission }: AcceptorState): Uint8Array => {
  const known = [...ages].map(([node, age]) => ({ node, age }));
  const writer = new ByteWriter(1 + 8 + sizeOfAges(known) + sizeOfAdmission(admission));
  writer.u8(Kind.Head);
  writer.f64(round);
  writeAges(known, writer);
  writeAdmission(admission, writer);
  return writer.bytes;
};

/** Puts together what was persisted. Throws `MalformedError` if that was not written by an acceptor. */
export const recoverAcceptor = ({ checkpoint = [], records }: RecoveredRole): AcceptorState => {
  const state: AcceptorState = { registers: new Map(), ages: new Map(), round: 0, admission: noAdmission() };
  for (const pieces of [checkpoint, records])
    for (const piece of pieces) for (const reader = new ByteReader(piece); reader.remaining > 0; ) replay(state, reader);
  return state;
};

const readAges = (reader: ByteReader): readonly ProposerAge[] =>
  Array.from({ length: reader.count(9) }, () => ({ node: reader.ascii(), age: reader.index() }));

const replay = (state: AcceptorState, reader: ByteReader): void => {
  const kind = reader.u8();
  switch (kind) {
    case Kind.Register:
      // A copy: what is read here lies in pieces that are larger than it.
      keep(state, readText(reader), { promised: readBallot(reader), accepted: readBallot(reader), state: reader.blob().slice() });
      break;
    case Kind.Erase:
      erase(state, readText(reader), readBallot(reader), readAges(reader));
      break;
    case Kind.Head:
      state.round = reader.index();
      for (const { node, age } of readAges(reader)) state.ages.set(node, age);
      readAdmission(state.admission, reader);
      break;
    default:
      if (!replayAdmission(state.admission, kind, reader)) throw new MalformedError(`an acceptor's record has kind ${kind}`);
  }
};
