import type { Entry } from '../../replication/entry.js';
import { digestBytes } from '../trace.js';

/** A digest of what makes an entry the value that it is. */
export const digestEntry = ({ type, time, session, seq, payload }: Entry): number => {
  let digest = digestBytes(payload);
  for (const number of [type, time % 0x7fff_ffff, session, seq]) digest = Math.imul(digest ^ number, 0x9e3779b1) ^ (digest >>> 15);
  return digest;
};

export const describeEntry = ({ type, session, seq, time }: Entry): string =>
  `${session === 0 ? `an entry of type ${type}` : `batch ${seq} of session ${session}`} at log time ${time}`;
