import { ByteReader, ByteWriter, MalformedError, type RecoveredRole } from '@synod/core';
import {
  type AdmissionState,
  NO_BALLOT,
  noAdmission,
  readAdmission,
  replayAdmission,
  sizeOfAdmission,
  writeAdmission,
} from '@synod/core/consensus';
import { type Tagged, taggedField } from './messages.js';

/** What an acceptor must never forget: the newest value that it was given, and who may answer. */
export interface Memory {
  held: Tagged;
  readonly admission: AdmissionState;
}

/** The first byte of a record. Those of its admission have 3, 4, 7 and 8. */
export const Kind = { Stored: 1, Head: 2 } as const;

export const storedRecord = (held: Tagged): Uint8Array => {
  const writer = new ByteWriter(1 + taggedField.size(held));
  writer.u8(Kind.Stored);
  taggedField.write(held, writer);
  return writer.bytes;
};

/** All that there is, in one piece. */
export const checkpointOf = ({ held, admission }: Memory): Uint8Array => {
  const writer = new ByteWriter(1 + taggedField.size(held) + sizeOfAdmission(admission));
  writer.u8(Kind.Head);
  taggedField.write(held, writer);
  writeAdmission(admission, writer);
  return writer.bytes;
};

/** Puts together what was persisted. Throws `MalformedError` on what no acceptor wrote, which stops the node. */
export const recovered = ({ checkpoint = [], records }: RecoveredRole): Memory => {
  const memory: Memory = { held: { tag: NO_BALLOT, value: new Uint8Array(0) }, admission: noAdmission() };
  for (const bytes of [...checkpoint, ...records]) {
    const reader = new ByteReader(bytes);
    const kind = reader.u8();
    if (kind === Kind.Stored || kind === Kind.Head) memory.held = taggedField.read(reader);
    if (kind === Kind.Head) readAdmission(memory.admission, reader);
    else if (kind !== Kind.Stored && !replayAdmission(memory.admission, kind, reader))
      throw new MalformedError(`an acceptor's record has kind ${kind}`);
  }
  return memory;
};
