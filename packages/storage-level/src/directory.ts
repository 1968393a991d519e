import { mkdir, open, readdir, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { damagedLog, locked } from './errors.js';

/**
 * The directories that storages of this process hold, by their real paths. LevelDB's own lock is the process's: a second opening
 * within it is refused, but by the name of the directory, and the attempt itself would take the lock from the first (closing any
 * descriptor of a file gives up the process's `fcntl` locks on it). So it must not come to that.
 */
const held = new Set<string>();

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

/** Takes the directory, creating it if it is absent, for one storage of this process. Resolves to what gives it up. */
export const take = async (directory: string): Promise<() => void> => {
  await make(directory);
  const path = await realpath(directory);
  if (held.has(path)) throw locked(directory);
  held.add(path);
  return () => void held.delete(path);
};

/** LevelDB would begin anew in a directory without `CURRENT`, and remove what it finds there. It is written before any data. */
export const refuseHeadless = async (directory: string): Promise<void> => {
  const data = (await readdir(directory)).some((name) => /\.(log|ldb|sst)$/.test(name));
  // Read after the data was seen: another process may be creating the database.
  if (data && !(await readdir(directory)).includes('CURRENT')) throw damagedLog(directory, 'the file CURRENT is missing');
};
