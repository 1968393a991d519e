import { type Entry, EntryType, sameBytes, sameEntry } from '@synod/core/consensus';
import type { Request } from '@synod/core/multi-paxos';

/** Whether two entries are one value. What a session numbers is the same if its number is; of the rest the bytes tell. */
export const sameValue = (a: Entry, b: Entry): boolean =>
  sameEntry(a, b) && (a.type === EntryType.Batch || sameBytes(a.payload, b.payload));

/** Whether somebody waits for its outcome: it must happen, in one slot or another. */
export const isWanted = ({ type }: Entry): boolean => type === EntryType.Batch || type === EntryType.Open;

/** The request that an entry was made of, or might have been. */
export const requestOf = ({ origin, session, seq, floor, learner, payload }: Entry): Request => ({
  kind: 'request',
  origin,
  session,
  seq,
  floor,
  hops: 0,
  learner,
  payload,
});

export const entryOf = ({ origin, session, seq, floor, payload }: Request, learner: string, time: number): Entry => ({
  type: seq === 0 ? EntryType.Open : EntryType.Batch,
  time,
  session,
  seq,
  floor,
  origin,
  learner,
  payload,
});

/** The numbers of a batch, as a key. */
export const keyOf = ({ session, seq }: Pick<Entry, 'session' | 'seq'>): string => `${session}:${seq}`;
