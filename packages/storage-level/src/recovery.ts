import type { RecoveredRole } from '@synod/core';
import { damagedCheckpoint, damagedLog } from './errors.js';
import {
  below,
  type Database,
  type Head,
  numberOf,
  POSITION,
  pieceKey,
  recordsBelow,
  roleOf,
  unseal,
  unsealJson,
  unsealRecord,
} from './layout.js';

export interface Found {
  readonly roles: ReadonlyMap<string, RecoveredRole>;
  position: number;
  /** How many records each role ever appended. */
  readonly counts: Map<string, number>;
  /** By role. */
  readonly heads: Map<string, Head>;
  /** No piece has this number or a larger one. */
  nextNumber: number;
}

const UNCACHED = { fillCache: false } as const;

/**
 * Reads everything, and takes nothing for granted: when LevelDB finds a bad checksum in its log, it leaves out what follows in that
 * block, or all that follows, and says nothing; in its tables it does not look. So each record tells how many its role appended before it, and
 * `position` is how many all roles did. Where these do not add up, something acknowledged is missing.
 */
export const recover = async (db: Database, directory: string): Promise<Found> => {
  const position = unsealJson<number>(POSITION, await db.get(POSITION, UNCACHED));
  if (position === undefined) throw damagedLog(directory, `${POSITION} is missing or wrong`);
  const roles = new Map<string, { checkpoint?: Uint8Array[]; records: Uint8Array[] }>();
  const heads = new Map<string, Head>();
  const counts = new Map<string, number>();
  for await (const [key, value] of db.iterator({ ...below('checkpoint'), ...UNCACHED })) {
    const head = unsealJson<Head>(key, value);
    if (head === undefined) throw damagedCheckpoint(directory, key);
    const role = roleOf(key);
    heads.set(role, head);
    counts.set(role, head.records);
    roles.set(role, { checkpoint: await readPieces(db, head, directory), records: [] });
  }
  for await (const [key, value] of db.iterator({ ...below('record'), ...UNCACHED })) {
    const role = roleOf(key);
    // A crash came before it was removed.
    if (numberOf(key) < (heads.get(role)?.covers ?? 0)) continue;
    const found = unsealRecord(key, value);
    if (found === undefined) throw damagedLog(directory, `${key} is not what was written`);
    const count = counts.get(role) ?? 0;
    if (found.count !== count)
      throw damagedLog(directory, `before ${key} there were ${found.count} records of its role, and ${count} are left`);
    counts.set(role, count + 1);
    const recovered = roles.get(role);
    if (recovered) recovered.records.push(found.record);
    else roles.set(role, { records: [found.record] });
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (all !== position) throw damagedLog(directory, `there were ${position} records, and ${all} are left`);
  return { position, roles, counts, heads, nextNumber: await tidy(db, heads) };
};

const readPieces = async (db: Database, { number, pieces: length }: Head, directory: string): Promise<Uint8Array[]> => {
  const pieces: Uint8Array[] = [];
  for await (const [key, value] of db.iterator({ gte: pieceKey(number, 0), lt: pieceKey(number, length), ...UNCACHED })) {
    const piece = unseal(key, value);
    if (piece === undefined || key !== pieceKey(number, pieces.length)) throw damagedCheckpoint(directory, key);
    pieces.push(piece);
  }
  if (pieces.length !== length) throw damagedCheckpoint(directory, pieceKey(number, pieces.length));
  return pieces;
};

/** Removes what a crash left behind: records that a checkpoint replaces, pieces of an older one and of one that never came into force. */
const tidy = async (db: Database, heads: ReadonlyMap<string, Head>): Promise<number> => {
  for (const [role, { covers }] of heads) await db.clear(recordsBelow(role, covers));
  const [last] = await db.keys({ ...below('piece'), reverse: true, limit: 1 }).all();
  const nextNumber = last === undefined ? 0 : numberOf(last, 1) + 1;
  let from = 0;
  for (const number of [...heads.values()].map(({ number }) => number).sort((a, b) => a - b)) {
    await db.clear({ gte: pieceKey(from, 0), lt: pieceKey(number, 0) });
    from = number + 1;
  }
  await db.clear({ gte: pieceKey(from, 0), lt: pieceKey(nextNumber, 0) });
  return Math.max(nextNumber, from);
};
