import { resolve } from 'node:path';
import { ConfigurationError } from '@synod/core';

export interface LevelStorageOptions {
  /** Where the database is; created if it is absent. */
  readonly directory: string;
  /** Bytes that LevelDB gathers in memory and in one log before it sorts them into tables. 4 MiB, LevelDB's own, unless said. */
  readonly writeBufferBytes?: number;
}

const LEAST_BUFFER = 64 << 10;
const MOST_BUFFER = 1 << 30;

const refuse = (what: string): never => {
  throw new ConfigurationError('BAD_OPTION', `storage: ${what}`);
};

/** With the directory in full. Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (given: LevelStorageOptions): Required<LevelStorageOptions> => {
  const { directory, writeBufferBytes = 4 << 20, ...unknown } = given;
  for (const name of Object.keys(unknown)) refuse(`there is no option ${name}; there are directory, writeBufferBytes`);
  if (typeof directory !== 'string' || directory === '') refuse(`directory is ${JSON.stringify(directory)}; it must be a path`);
  if (!Number.isSafeInteger(writeBufferBytes) || writeBufferBytes < LEAST_BUFFER || writeBufferBytes > MOST_BUFFER)
    refuse(`writeBufferBytes is ${writeBufferBytes}; it must be a whole number from ${LEAST_BUFFER} to ${MOST_BUFFER} bytes`);
  return { directory: resolve(directory), writeBufferBytes };
};
