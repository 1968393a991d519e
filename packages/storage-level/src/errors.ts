import { errorFrom, StorageError, SynodError } from '@synod/core';

// An older copy would forget promises, which is worse than a node that is away.
const WHAT_TO_DO =
  'this node must not go on with what is left. Bring back the disk as it was last written (an older copy will not do); until then ' +
  'the other nodes serve without this one';

export const damagedLog = (directory: string, what: string, cause?: Error): StorageError =>
  new StorageError('DAMAGED_LOG', `the database in ${directory} is damaged: ${what}. Acknowledged records are lost, so ${WHAT_TO_DO}`, {
    cause,
  });

export const damagedCheckpoint = (directory: string, key: string): StorageError =>
  new StorageError(
    'DAMAGED_CHECKPOINT',
    `the database in ${directory} is damaged at ${key}: it was acknowledged, and what it replaced is gone, so ${WHAT_TO_DO}`,
  );

export const damagedIdentity = (directory: string, what: string): StorageError =>
  new StorageError(
    'DAMAGED_IDENTITY',
    `${what}, so whose data ${directory} holds is unknown. Bring back the disk as it was last written; until then the other nodes ` +
      'serve without this one',
  );

export const otherStorage = (directory: string, name: string): StorageError =>
  new StorageError(
    'FOREIGN_STORAGE',
    `${directory} holds ${name}, which @synod/storage-file wrote: with another storage this node would forget what is there. Go on with ` +
      'that storage, or give the node a new name and an empty directory',
  );

export const locked = (directory: string): StorageError =>
  new StorageError(
    'STORAGE_LOCKED',
    `${directory} is in use by another storage, of this process or of another, running or suspended; stop it, or give this node a ` +
      'directory of its own',
  );

/** LevelDB tells what the system said in words only: those for ENOSPC and EDQUOT. */
const NO_SPACE = /No space left on device|Disk quota exceeded/;

/** The innermost of what was thrown: abstract-level wraps what LevelDB says of an open that failed. */
const root = (error: Error): Error & { code?: unknown } => (error.cause instanceof Error ? root(error.cause) : error);

/** What went wrong, and what it means for the storage. */
export const storageFailed = (directory: string, thrown: unknown): Error => {
  if (thrown instanceof SynodError) return thrown;
  const cause = root(errorFrom(thrown));
  if (cause.code === 'LEVEL_LOCKED') return locked(directory);
  if (cause.code === 'LEVEL_CORRUPTION') return damagedLog(directory, `LevelDB says "${cause.message}"`, cause);
  const failed = `the storage in ${directory} failed: ${cause.message}; it acknowledges nothing more.`;
  return NO_SPACE.test(cause.message)
    ? new StorageError('NO_SPACE', `${failed} Make room, then start the node again: what was acknowledged is kept`, { cause })
    : new StorageError('STORAGE_FAILED', `${failed} See to the cause, then start the node again`, { cause });
};
