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
 * Copies a database as it is at one moment, though LevelDB's own thread may be at work in it: again, until nothing moved meanwhile.
 * Without `LOCK`: to close a descriptor of that file would give up this process's lock.
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
