import type { Disk } from '@synod/core';
import { type Steps, wait } from './sequence.js';

/** The names of the files of a storage, and how a small one is written and read whole. */
export const IDENTITY = 'IDENTITY';
/** Ends the name of a file that is being written. One that is found was interrupted. */
export const TEMPORARY = '.tmp';

interface NumberedFiles {
  readonly name: (number: number) => string;
  /** Of those among `names`, ascending. */
  readonly numbers: (names: readonly string[]) => number[];
}

const numbered = (kind: string): NumberedFiles => {
  const pattern = new RegExp(`^${kind}-(\\d{10})$`);
  return {
    name: (number) => `${kind}-${String(number).padStart(10, '0')}`,
    numbers: (names) =>
      names
        .map((name) => Number(pattern.exec(name)?.[1]))
        .filter((number) => number > 0)
        .sort((a, b) => a - b),
  };
};

export const segmentFiles = numbered('segment');
export const checkpointFiles = numbered('checkpoint');

/** Removes what was being written when a process stopped, and nothing that is not ours. */
export function* removeTemporary(disk: Disk, names: readonly string[]): Steps<void> {
  for (const name of names) {
    if (!name.endsWith(TEMPORARY)) continue;
    const whole = name.slice(0, -TEMPORARY.length);
    const ours = whole === IDENTITY || [segmentFiles, checkpointFiles].some(({ numbers }) => numbers([whole]).length > 0);
    if (ours) yield* wait(disk.remove(name));
  }
}

/** Writes `bytes` as the whole of the file `name`, so that after a crash there is the old file or the new one. */
export function* writeWhole(disk: Disk, name: string, bytes: Uint8Array): Steps<void> {
  const draft = yield* wait(disk.open(name + TEMPORARY, 'create'));
  try {
    yield* wait(draft.writeDurably(0, bytes));
  } finally {
    yield* wait(draft.close());
  }
  yield* wait(disk.rename(name + TEMPORARY, name));
  yield* wait(disk.syncDirectory());
}

export function* readWhole(disk: Disk, name: string): Steps<Uint8Array> {
  const file = yield* wait(disk.open(name, 'existing'));
  try {
    return yield* wait(file.read(0, file.size));
  } finally {
    yield* wait(file.close());
  }
}
