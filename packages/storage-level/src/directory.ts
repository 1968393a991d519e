import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import locks from 'fs-native-extensions';
import { damagedLog, locked } from './errors.js';

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

/** LevelDB would begin anew in a directory without `CURRENT`, and remove what it finds there. It is written before any data. */
export const refuseHeadless = async (directory: string): Promise<void> => {
  const data = (await readdir(directory)).some((name) => /\.(log|ldb|sst)$/.test(name));
  // Read after the data was seen: another process may be creating the database.
  if (data && !(await readdir(directory)).includes('CURRENT')) throw damagedLog(directory, 'the file CURRENT is missing');
};
