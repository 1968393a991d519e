import { StorageError } from '@synod/core';

/** How messages name a file. `label` names its directory. */
export const pathOf = (label: string, name: string): string => `${label}/${name}`;

// An older copy would forget promises, which is worse than a node that is away.
const WHAT_TO_DO =
  'this node must not go on with what is left. Bring back the disk as it was last written (an older copy will not do); until then ' +
  'the other nodes serve without this one';

export const damagedLog = (label: string, name: string, offset: number, what: string): StorageError =>
  new StorageError(
    'DAMAGED_LOG',
    `${pathOf(label, name)} is damaged at byte ${offset}: ${what}. Acknowledged records are lost, so ${WHAT_TO_DO}`,
  );

export const damagedCheckpoint = (label: string, name: string, offset: number): StorageError =>
  new StorageError(
    'DAMAGED_CHECKPOINT',
    `${pathOf(label, name)} is damaged at byte ${offset}: it was acknowledged, and what it replaced is gone, so ${WHAT_TO_DO}`,
  );

// That file is written once.
export const damagedIdentity = (label: string, what: string): StorageError =>
  new StorageError(
    'DAMAGED_IDENTITY',
    `${what}, so whose data ${label} holds is unknown. Restore that file from a copy of any age; until then the other nodes serve ` +
      'without this one',
  );

export const otherStorage = (label: string, name: string, writer: string): StorageError =>
  new StorageError(
    'FOREIGN_STORAGE',
    `${label} holds ${name}, which ${writer} wrote: with another storage this node would forget what is there. Go on with that ` +
      'storage, or give the node a new name and an empty directory',
  );

const NO_SPACE: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** What the disk said, and what it means for the storage. */
export const storageFailed = (label: string, cause: Error): StorageError => {
  const failed = `the storage in ${label} failed: ${cause.message}; it acknowledges nothing more.`;
  return 'code' in cause && NO_SPACE.includes(cause.code)
    ? new StorageError('NO_SPACE', `${failed} Make room, then start the node again: what was acknowledged is kept`, { cause })
    : new StorageError('STORAGE_FAILED', `${failed} See to the cause, then start the node again`, { cause });
};
