import { type Entry, EntryType, emptyEntry } from '../../replication/entry.js';
import { digestBytes } from '../../transport/digest.js';

/** The one slot that there is, in the words of the events that protocols of ballots and slots trace. */
export const SLOT = 0;

/** A value as those events and their checkers know it, numbered by a digest. Only where `context.tracing` holds. */
export const entryOf = (value: Uint8Array): Entry => ({
  ...emptyEntry(EntryType.Noop, 0),
  type: EntryType.Batch,
  seq: digestBytes(value) >>> 0,
  payload: value,
});
