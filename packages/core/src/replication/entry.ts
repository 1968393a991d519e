import { type ByteReader, type ByteWriter, MalformedError, sizeOfAscii, sizeOfBlob } from '../transport/bytes.js';

/** What the log holds in one slot. */
export const EntryType = {
  /** Nothing: fills a gap, or marks the beginning of a leader's reign. */
  Noop: 0,
  /** Nothing but its time: a deadline of the state machine has come. */
  Tick: 1,
  /** Opens a session; the payload is its nonce. */
  Open: 2,
  /** A batch of commands under a session. */
  Batch: 3,
} as const;
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

export interface Entry {
  readonly type: EntryType;
  /** Log time: ms since the epoch by the leader's clock. Where others propose too, it may be below that of an earlier slot; then time stands still. */
  readonly time: number;
  /** The session of a batch: the slot that opened it. */
  readonly session: number;
  /** Counts the batches of a session from 1. */
  readonly seq: number;
  /** The client has the outcome of every batch below it, and will not ask for it again. */
  readonly floor: number;
  /** The node whose proposer waits for the outcome. */
  readonly origin: string;
  /** The node whose learner tells it, where the leader's node has none; '' where every leader has one. */
  readonly learner: string;
  /** Opaque to leaders and acceptors. */
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export const emptyEntry = (type: typeof EntryType.Noop | typeof EntryType.Tick, time: number): Entry => ({
  type,
  time,
  session: 0,
  seq: 0,
  floor: 0,
  origin: '',
  learner: '',
  payload: NOTHING,
});

/** Whether two entries are the same proposal. Only what a session numbers can be the same twice. */
export const sameEntry = (a: Entry, b: Entry): boolean =>
  a === b ||
  (a.type === b.type &&
    a.time === b.time &&
    a.session === b.session &&
    a.seq === b.seq &&
    a.origin === b.origin &&
    a.payload.length === b.payload.length);

export const sizeOfEntry = ({ origin, learner, payload }: Pick<Entry, 'origin' | 'learner' | 'payload'>): number =>
  33 + sizeOfAscii(origin) + sizeOfAscii(learner) + sizeOfBlob(payload);

/** The fewest bytes that an entry takes: bounds announced counts. */
export const LEAST_ENTRY = 39;

export const writeEntry = (entry: Entry, writer: ByteWriter): void => {
  writer.u8(entry.type);
  writer.f64(entry.time);
  writer.f64(entry.session);
  writer.f64(entry.seq);
  writer.f64(entry.floor);
  writer.ascii(entry.origin);
  writer.ascii(entry.learner);
  writer.blob(entry.payload);
};

export const readEntry = (reader: ByteReader): Entry => {
  const type = reader.u8();
  if (type > EntryType.Batch) throw new MalformedError(`no entry has type ${type}`);
  const time = reader.f64();
  if (!Number.isFinite(time)) throw new MalformedError(`log time ${time}`);
  return {
    type: type as EntryType,
    time,
    session: reader.index(),
    seq: reader.index(),
    floor: reader.index(),
    origin: reader.ascii(),
    learner: reader.ascii(),
    payload: reader.blob(),
  };
};

export const sizeOfEntries = (entries: readonly Entry[]): number => {
  let size = 4;
  for (const entry of entries) size += sizeOfEntry(entry);
  return size;
};

export const writeEntries = (entries: readonly Entry[], writer: ByteWriter): void => {
  writer.u32(entries.length);
  for (const entry of entries) writeEntry(entry, writer);
};

export const readEntries = (reader: ByteReader): readonly Entry[] => {
  const entries = new Array<Entry>(reader.count(LEAST_ENTRY));
  for (let i = 0; i < entries.length; i++) entries[i] = readEntry(reader);
  return entries;
};
