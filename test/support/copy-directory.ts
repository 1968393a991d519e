import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What is in a directory, with all that tells one state of a file from another. */
const listing = (directory: string): string =>
  readdirSync(directory)
    .sort()
    .map((name) => {
      const { ino, size, mtimeNs } = statSync(join(directory, name), { bigint: true });
      return `${name} ${ino} ${size} ${mtimeNs}`;
    })
    .join();

/**
 * Copies the data of a storage as they are at one moment, though a thread may be at work on them: again, until nothing moved
 * meanwhile. Without `LOCK`: to close a descriptor of LevelDB's file of that name would give up this process's lock.
 */
export const copyDirectory = (from: string, to: string): void => {
  for (;;) {
    try {
      const before = listing(from);
      cpSync(from, to, { recursive: true, filter: (path) => basename(path) !== 'LOCK' });
      if (listing(from) === before) return;
    } catch (error) {
      // A file was removed in the midst of it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(to, { recursive: true, force: true });
  }
};
