import { type ByteReader, ByteWriter, sizeOfAscii, sizeOfBlob } from '../../transport/bytes.js';
import { type Epoch, type Epochs, NO_EPOCHS, onlyLast, withAnother } from './epochs.js';

/** Of which generation a node is, and the last epoch of its acceptor. */
export interface NodeRecord {
  readonly generation: string;
  readonly epoch: Epoch;
}

/** What an acceptor must never forget of who may vote, itself included. */
export interface AdmissionState {
  /** Its own epochs, the one that begins included. */
  epochs: Epochs;
  /** What it has on record of each node that may vote or lead. */
  readonly enrolled: Map<string, NodeRecord>;
  /** Every acceptor has recorded this node's generation. */
  formed: boolean;
  /** The quorums it was formed under, as `QuorumSystem.fingerprint` tells them; '' before. */
  quorums: string;
}

/** Of an acceptor that never started. */
export const noAdmission = (): AdmissionState => ({ epochs: NO_EPOCHS, enrolled: new Map(), formed: false, quorums: '' });

/** The first byte of a record: an acceptor's own records have others. */
const Kind = { Enrolled: 3, Formed: 4, Epoch: 7, OnlyLast: 8 } as const;

const utf8 = new TextEncoder();

export const enrolledRecord = (node: string, known: NodeRecord): Uint8Array => {
  const writer = new ByteWriter(1 + sizeOfNode(node, known));
  writer.u8(Kind.Enrolled);
  writeNode(node, known, writer);
  return writer.bytes;
};

/** An epoch of its own begins. */
export const epochRecord = (nonce: number): Uint8Array => {
  const writer = new ByteWriter(1 + 4);
  writer.u8(Kind.Epoch);
  writer.u32(nonce);
  return writer.bytes;
};

/** Its own epochs before the last may be forgotten. */
export const onlyLastRecord = (): Uint8Array => Uint8Array.of(Kind.OnlyLast);

export const formedRecord = (quorums: string): Uint8Array => {
  const text = utf8.encode(quorums);
  const writer = new ByteWriter(1 + sizeOfBlob(text));
  writer.u8(Kind.Formed);
  writer.blob(text);
  return writer.bytes;
};

/**
 * Whether the record, whose first byte is its `kind` and has been read, is one of these; then `state` holds what it says. Their kinds
 * are 3, 4, 7 and 8: an acceptor's own records begin with another byte. Throws `MalformedError`.
 */
export const replayAdmission = (state: AdmissionState, kind: number, reader: ByteReader): boolean => {
  switch (kind) {
    case Kind.Enrolled:
      state.enrolled.set(...readNode(reader));
      return true;
    case Kind.Epoch:
      state.epochs = withAnother(state.epochs, reader.u32());
      return true;
    case Kind.OnlyLast:
      state.epochs = onlyLast(state.epochs);
      return true;
    case Kind.Formed:
      state.formed = true;
      state.quorums = new TextDecoder().decode(reader.blob());
      return true;
    default:
      return false;
  }
};

// All of it, as a part of an acceptor's checkpoint, which replaces the records.

/** Bytes that `writeAdmission` writes. */
export const sizeOfAdmission = ({ quorums, epochs, enrolled }: AdmissionState): number => {
  let size = 1 + sizeOfBlob(utf8.encode(quorums)) + 8 + 4 + 4 * epochs.nonces.length + 4;
  for (const [node, known] of enrolled) size += sizeOfNode(node, known);
  return size;
};

export const writeAdmission = ({ formed, quorums, epochs, enrolled }: AdmissionState, writer: ByteWriter): void => {
  writer.u8(formed ? 1 : 0);
  writer.blob(utf8.encode(quorums));
  writer.f64(epochs.first);
  writer.u32(epochs.nonces.length);
  for (const nonce of epochs.nonces) writer.u32(nonce);
  writer.u32(enrolled.size);
  for (const [node, known] of enrolled) writeNode(node, known, writer);
};

/** Fills `state`, a new one, with what `writeAdmission` wrote. Throws `MalformedError`. */
export const readAdmission = (state: AdmissionState, reader: ByteReader): void => {
  state.formed = reader.u8() === 1;
  state.quorums = new TextDecoder().decode(reader.blob());
  state.epochs = { first: reader.index(), nonces: Array.from({ length: reader.count(4) }, () => reader.u32()) };
  for (let left = reader.count(2); left > 0; left--) state.enrolled.set(...readNode(reader));
};

const sizeOfNode = (node: string, { generation }: NodeRecord): number => sizeOfAscii(node) + sizeOfAscii(generation) + 8 + 4;

const writeNode = (node: string, { generation, epoch }: NodeRecord, writer: ByteWriter): void => {
  writer.ascii(node);
  writer.ascii(generation);
  writer.f64(epoch.epoch);
  writer.u32(epoch.nonce);
};

const readNode = (reader: ByteReader): [string, NodeRecord] => [
  reader.ascii(),
  { generation: reader.ascii(), epoch: { epoch: reader.index(), nonce: reader.u32() } },
];
