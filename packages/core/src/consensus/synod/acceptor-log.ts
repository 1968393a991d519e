import type { RecoveredRole } from '../../actor/actor.js';
import { ByteReader, ByteWriter, MalformedError, sizeOfBlob } from '../../transport/bytes.js';
import {
  type Ballot,
  ballotOf,
  higherBallot,
  NO_BALLOT,
  readBallot,
  readStep,
  type Step,
  sizeOfBallot,
  sizeOfStep,
  writeBallot,
  writeStep,
} from '../ballot.js';
import {
  type AdmissionState,
  noAdmission,
  readAdmission,
  replayAdmission,
  sizeOfAdmission,
  writeAdmission,
} from '../enrolment/admission-log.js';

/** What an acceptor must never forget: the triple of the Synod, and who may vote. */
export interface AcceptorState {
  /** It votes at no lower ballot. */
  promised: Ballot;
  /** Where it voted last. */
  voted: Step;
  /** What it voted for then; empty before. */
  value: Uint8Array;
  readonly admission: AdmissionState;
}

/** 2 and 5 were of votes without a step; the others are of its admission. */
const Kind = { Promise: 1, Vote: 9, Head: 10 } as const;

const NOTHING = new Uint8Array(0);

export const promiseRecord = (ballot: Ballot): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfBallot(ballot));
  writer.u8(Kind.Promise);
  writeBallot(ballot, writer);
  return writer.bytes;
};

/** A vote, and the promise that goes with it, in one record: all or nothing. */
export const voteRecord = (at: Step, value: Uint8Array): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfStep(at) + sizeOfBlob(value));
  writer.u8(Kind.Vote);
  writeStep(at, writer);
  writer.blob(value);
  return writer.bytes;
};

/** The whole state as it is now, in one piece. */
export const acceptorCheckpoint = ({ promised, voted, value, admission }: AcceptorState): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfBallot(promised) + sizeOfStep(voted) + sizeOfBlob(value) + sizeOfAdmission(admission));
  writer.u8(Kind.Head);
  writeBallot(promised, writer);
  writeStep(voted, writer);
  writer.blob(value);
  writeAdmission(admission, writer);
  return writer.bytes;
};

/** Puts together what was persisted. Throws `MalformedError` if that was not written by an acceptor. */
export const recoverAcceptor = ({ checkpoint = [], records }: RecoveredRole): AcceptorState => {
  const state: AcceptorState = { promised: NO_BALLOT, voted: NO_BALLOT, value: NOTHING, admission: noAdmission() };
  for (const piece of checkpoint) replay(state, new ByteReader(piece));
  for (const record of records) replay(state, new ByteReader(record));
  return state;
};

const replay = (state: AcceptorState, reader: ByteReader): void => {
  const kind = reader.u8();
  switch (kind) {
    case Kind.Promise:
      state.promised = higherBallot(state.promised, readBallot(reader));
      break;
    case Kind.Vote:
      state.voted = readStep(reader);
      state.value = reader.blob();
      state.promised = higherBallot(state.promised, ballotOf(state.voted));
      break;
    case Kind.Head:
      state.promised = readBallot(reader);
      state.voted = readStep(reader);
      state.value = reader.blob();
      readAdmission(state.admission, reader);
      break;
    default:
      if (!replayAdmission(state.admission, kind, reader)) throw new MalformedError(`an acceptor's record has kind ${kind}`);
  }
};
