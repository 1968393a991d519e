import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import locks from 'fs-native-extensions';
import { damagedLog, locked, otherStorage } from './errors.js';

/**
 * Locked besides LevelDB's own, which is of the whole process: an attempt that fails within the process, in a worker thread or by
 * another copy of this package, takes it from the first, as does closing any descriptor of that file. This one is of the open file.
 */
const LOCK = 'owner.lock';

const syncDirectory = async (directory: string): Promise<void> => {
  // Windows keeps names durable by itself, and opens no directory.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
};

/** Creates `directory` and its missing parents, and makes all those names durable, which LevelDB does only for those within it. */
const make = async (directory: string): Promise<void> => {
  const topmost = await mkdir(directory, { recursive: true });
  if (topmost === undefined) return;
  for (let made = directory; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === topmost) return;
  }
};

/** Takes the directory, creating it if it is absent. Resolves to what gives it up; the file stays, or two could lock two of that name. */
export const take = async (directory: string): Promise<() => Promise<void>> => {
  await make(directory);
  const file = await open(join(directory, LOCK), 'a+');
  if (locks.tryLock(file.fd)) return () => file.close();
  await file.close();
  throw locked(directory);
};

/** What `@synod/storage-file` calls its files. */
const OF_STORAGE_FILE = /^(IDENTITY|(segment|checkpoint)-\d+)$/;

/**
 * Where there is no `CURRENT`, which is written before any data, LevelDB would begin anew: it would remove what it finds of its own,
 * and the node would forget what another storage keeps for it there.
 */
export const refuseRemains = async (directory: string): Promise<void> => {
  const before = await readdir(directory);
  // Read after the rest was seen: another process may be creating the database.
  if ((await readdir(directory)).includes('CURRENT')) return;
  if (before.some((name) => /\.(log|ldb|sst)$/.test(name))) throw damagedLog(directory, 'the file CURRENT is missing');
  const other = before.find((name) => OF_STORAGE_FILE.test(name));
  if (other !== undefined) throw otherStorage(directory, other);
};
