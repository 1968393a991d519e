import { type Entry, EntryType } from '../../replication/entry.js';
import { digestBytes } from '../../transport/digest.js';

/** A digest of what makes an entry the value that it is. */
export const digestOf = (entry: Entry): number => {
  const { type, time, session, seq, floor } = entry;
  let digest = digestBytes(entry.payload);
  digest = Math.imul(digest ^ type, 0x9e3779b1) ^ (digest >>> 15);
  digest = Math.imul(digest ^ (time % 0x7fff_ffff), 0x9e3779b1) ^ (digest >>> 15);
  digest = Math.imul(digest ^ session, 0x9e3779b1) ^ (digest >>> 15);
  digest = Math.imul(digest ^ seq, 0x9e3779b1) ^ (digest >>> 15);
  return Math.imul(digest ^ floor, 0x9e3779b1) ^ (digest >>> 15);
};

let lastEntries: readonly Entry[] = [];
let lastDigests: readonly number[] = [];

/** Of each entry. All checkers look at the same event, one after another, so only the last answer is kept. */
export const digestsOf = (entries: readonly Entry[]): readonly number[] => {
  if (entries !== lastEntries) {
    lastEntries = entries;
    lastDigests = entries.map(digestOf);
  }
  return lastDigests;
};

let lastEntry: Entry | undefined;
let lastDigest = 0;

/** As `digestOf`, for an event of one entry that many look at. */
export const digestOnce = (entry: Entry): number => {
  if (entry !== lastEntry) {
    lastEntry = entry;
    lastDigest = digestOf(entry);
  }
  return lastDigest;
};

const WORDS = { [EntryType.Noop]: 'a no-op', [EntryType.Tick]: 'a tick', [EntryType.Open]: 'the opening of a session' } as const;

export const describeEntry = ({ type, session, seq, time }: Entry): string =>
  `${type === EntryType.Batch ? `batch ${seq} of session ${session}` : WORDS[type]} at log time ${time}`;
