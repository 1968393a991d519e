import { type ByteReader, type ByteWriter, MalformedError, sizeOfAscii } from '../transport/bytes.js';

/**
 * A ballot number: a round and the node that owns it, compared in that order. A node uses a round once, so a ballot names one
 * proposal. (Lamport, The Part-Time Parliament §2.1; van Renesse & Altinbuken, Paxos Made Moderately Complex §2.2)
 */
export interface Ballot {
  readonly round: number;
  readonly node: string;
}

/** Below every ballot. */
export const NO_BALLOT: Ballot = Object.freeze({ round: 0, node: '' });

/** Negative, zero or positive as `a` is below, equal to or above `b`. Node ids compare by code unit, never by locale. */
export const compareBallots = (a: Ballot, b: Ballot): number => a.round - b.round || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0);

export const sameBallot = (a: Ballot, b: Ballot): boolean => a.round === b.round && a.node === b.node;

export const higherBallot = (a: Ballot, b: Ballot): Ballot => (compareBallots(a, b) >= 0 ? a : b);

export const formatBallot = ({ round, node }: Ballot): string => (round === 0 ? '⊥' : `${round}.${node}`);

/** No honest node leaps further in one step; without the bound, one bad message could exhaust all rounds. */
const LARGEST_LEAP = 2 ** 32;

export const isPlausible = (ballot: Ballot, known: Ballot): boolean => ballot.round - known.round <= LARGEST_LEAP;

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
