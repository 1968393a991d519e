import type { RecoveredRole } from '../../actor/actor.js';
import { type Entry, readEntries, readEntry, sizeOfEntries, sizeOfEntry, writeEntries, writeEntry } from '../../replication/entry.js';
import { ByteReader, ByteWriter, MalformedError } from '../../transport/bytes.js';
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
import type { Vote } from './messages.js';
import { VotedLog } from './voted-log.js';

/** What an acceptor must never forget. */
export interface AcceptorState {
  /** No ballot below it will be voted for again; the whole log has one promise. */
  promised: Ballot;
  readonly log: VotedLog;
  readonly admission: AdmissionState;
}

/** 2 and 6 were votes without a step; the others are of its admission. */
const Kind = { Promise: 1, Head: 5, Votes: 9, OldVotes: 10 } as const;

export const promiseRecord = (ballot: Ballot): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfBallot(ballot));
  writer.u8(Kind.Promise);
  writeBallot(ballot, writer);
  return writer.bytes;
};

/** A vote for consecutive slots, the promise that goes with it, and the commit index, in one record: all or nothing. */
export const votesRecord = (at: Step, first: number, entries: readonly Entry[], commit: number): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfStep(at) + 16 + sizeOfEntries(entries), true);
  writer.u8(Kind.Votes);
  writeStep(at, writer);
  writer.f64(first);
  writer.f64(commit);
  writeEntries(entries, writer);
  return writer.bytes;
};

/**
 * The same entries, with the record for their bytes. An acceptor keeps votes for long, and what it was sent lies in frames: kept
 * instead, those would be twice the memory, and twice what the collector sees grow.
 */
export const keptIn = (record: Uint8Array, at: Step, entries: readonly Entry[]): readonly Entry[] => {
  let end = 1 + sizeOfStep(at) + 16 + 4;
  return entries.map((entry) => {
    end += sizeOfEntry(entry);
    return { ...entry, payload: record.subarray(end - entry.payload.length, end) };
  });
};

/** A checkpoint is pulled in pieces of about this many bytes: small, so that none holds up the node. */
const CHECKPOINT_PIECE_BYTES = 64 * 1024;

/** The whole state in pieces, from a view that later votes do not change. */
export const acceptorCheckpoint = (state: AcceptorState): Iterable<Uint8Array> => {
  const head = headOf(state);
  const votes = [...state.log.votes];
  return (function* () {
    yield head;
    for (let at = 0; at < votes.length; ) {
      let size = 5;
      let end = at;
      for (; end < votes.length && size < CHECKPOINT_PIECE_BYTES; end++) {
        const { ballot, entry } = votes[end] as Vote;
        size += 8 + sizeOfStep(ballot) + sizeOfEntry(entry);
      }
      const writer = new ByteWriter(size);
      writer.u8(Kind.OldVotes);
      writer.u32(end - at);
      for (; at < end; at++) {
        const { slot, ballot, entry } = votes[at] as Vote;
        writer.f64(slot);
        writeStep(ballot, writer);
        writeEntry(entry, writer);
      }
      yield writer.bytes;
    }
  })();
};

const headOf = ({ promised, log, admission }: AcceptorState): Uint8Array => {
  const { truncatedBelow, commit, commitBallot } = log;
  const writer = new ByteWriter(1 + sizeOfBallot(promised) + 8 + 8 + sizeOfBallot(commitBallot) + sizeOfAdmission(admission));
  writer.u8(Kind.Head);
  writeBallot(promised, writer);
  writer.f64(truncatedBelow);
  writer.f64(commit);
  writeBallot(commitBallot, writer);
  writeAdmission(admission, writer);
  return writer.bytes;
};

/** Puts together what was persisted. Throws `MalformedError` if that was not written by an acceptor. */
export const recoverAcceptor = ({ checkpoint = [], records }: RecoveredRole): AcceptorState => {
  const state: AcceptorState = { promised: NO_BALLOT, log: new VotedLog(), admission: noAdmission() };
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
    case Kind.Votes: {
      const at = readStep(reader);
      const first = reader.index();
      const commit = reader.index();
      state.promised = higherBallot(state.promised, ballotOf(at));
      readEntries(reader).forEach((entry, i) => {
        if (first + i >= state.log.truncatedBelow) state.log.vote(at, first + i, entry);
      });
      state.log.learnCommit(ballotOf(at), commit);
      break;
    }
    case Kind.Head: {
      state.promised = readBallot(reader);
      const truncatedBelow = reader.index();
      const commit = reader.index();
      state.log.learnCommit(readBallot(reader), commit);
      state.log.truncate(truncatedBelow);
      readAdmission(state.admission, reader);
      break;
    }
    case Kind.OldVotes:
      for (let left = reader.count(9); left > 0; left--) {
        const slot = reader.index();
        state.log.vote(readStep(reader), slot, readEntry(reader));
      }
      break;
    default:
      if (!replayAdmission(state.admission, kind, reader)) throw new MalformedError(`an acceptor's record has kind ${kind}`);
  }
};
