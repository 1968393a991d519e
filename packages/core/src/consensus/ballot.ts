import { type ByteReader, type ByteWriter, MalformedError, sizeOfAscii } from '../transport/bytes.js';
import type { Field } from '../transport/fields.js';

/**
 * A ballot number: a round and the node that owns it, compared in that order. A node uses a round once, so a ballot names one
 * proposal. (Lamport, The Part-Time Parliament §2.1; van Renesse & Altinbuken, Paxos Made Moderately Complex §2.2)
 */
export interface Ballot {
  readonly round: number;
  readonly node: string;
}

/**
 * Where a vote is cast: at a ballot and, in protocols whose acceptors vote before its owner proposes anything, at a step that leads up
 * to that: −1 comes before 0, which is the owner's own phase 2, and the same as none. Nothing of another ballot lies between two
 * steps of one; so a promise, which is of a ballot, holds back none of its steps. (Lamport, Fast Paxos §2.2 and §3.2, calls steps
 * rounds, and needs those that follow each other to have one coordinator)
 */
export interface Step extends Ballot {
  readonly step?: number;
}

/** Below every ballot. */
export const NO_BALLOT: Ballot = Object.freeze({ round: 0, node: '' });

/** Negative, zero or positive as `a` is below, equal to or above `b`. Node ids compare by code unit, never by locale. */
export const compareBallots = (a: Ballot, b: Ballot): number => a.round - b.round || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0);

/** Of one round and one node: one proposal. */
export const sameBallot = (a: Ballot, b: Ballot): boolean => a.round === b.round && a.node === b.node;

/** The higher of two; the first if they are the same. */
export const higherBallot = (a: Ballot, b: Ballot): Ballot => (compareBallots(a, b) >= 0 ? a : b);

/** The ballot that a step leads up to. */
export const ballotOf = (at: Step): Ballot => (at.step === undefined ? at : { round: at.round, node: at.node });

/** As `compareBallots`, and by step within a ballot. */
export const compareSteps = (a: Step, b: Step): number => compareBallots(a, b) || (a.step ?? 0) - (b.step ?? 0);

/** Of one ballot, at one step of it. */
export const sameStep = (a: Step, b: Step): boolean => sameBallot(a, b) && (a.step ?? 0) === (b.step ?? 0);

/** For people: `3.a`, at a step of it `3.a-1`; `⊥` for no ballot. */
export const formatBallot = ({ round, node, step = 0 }: Step): string =>
  round === 0 ? '⊥' : step === 0 ? `${round}.${node}` : `${round}.${node}${step}`;

/** No honest node leaps further in one step; without the bound, one bad message could exhaust all rounds. */
const LARGEST_LEAP = 2 ** 32;

/** Whether an acceptor that has promised `known` should believe in `ballot`: it is at most 2^32 rounds ahead. */
export const isPlausible = (ballot: Ballot, known: Ballot): boolean => ballot.round - known.round <= LARGEST_LEAP;

// How ballots and steps become bytes: the size that `write…` writes, and what `read…` reads, which throws `MalformedError`.

export const sizeOfBallot = ({ node }: Ballot): number => 8 + sizeOfAscii(node);

export const writeBallot = (ballot: Ballot, writer: ByteWriter): void => {
  writer.f64(ballot.round);
  writer.ascii(ballot.node);
};

export const readBallot = (reader: ByteReader): Ballot => {
  const round = reader.index();
  const node = reader.ascii();
  if ((round === 0) !== (node === '')) throw new MalformedError('a ballot has both a round and a node, or neither');
  return round === 0 ? NO_BALLOT : { round, node };
};

/** A ballot as a field of a message or a record: its round in 8 bytes, then its node. */
export const ballotField: Field<Ballot> = { size: sizeOfBallot, write: writeBallot, read: readBallot };

export const sizeOfStep = (step: Step): number => sizeOfBallot(step) + 1;

export const writeStep = (at: Step, writer: ByteWriter): void => {
  writeBallot(at, writer);
  writer.u8(-(at.step ?? 0));
};

export const readStep = (reader: ByteReader): Step => {
  const ballot = readBallot(reader);
  const before = reader.u8();
  if (before > 0 && ballot === NO_BALLOT) throw new MalformedError('no ballot has no steps');
  return before === 0 ? ballot : { ...ballot, step: -before };
};

/** A step as a field: its ballot, then how many steps it is before 0, in a byte. */
export const stepField: Field<Step> = { size: sizeOfStep, write: writeStep, read: readStep };
