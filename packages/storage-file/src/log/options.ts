import { ConfigurationError, type Logger, silentLogger } from '@synod/core';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { MAX_FRAME_BYTES } from './frame.js';

export interface FileStorageOptions {
  /** Bytes that one segment of the log is made ready with, hence the step in which disk is taken and given back. 16 MiB unless said. */
  readonly segmentBytes?: number;
  /** ms without an append after which a trailing mark is written. 100 unless said. */
  readonly markDelay?: number;
  /** Times the trailing mark. RxJS's `asyncScheduler` unless said. */
  readonly scheduler?: SchedulerLike;
  /** Is told of a torn tail that was cut off. Silent unless said. */
  readonly logger?: Logger;
  /** How messages name the data: its directory. */
  readonly label?: string;
}

const DEFAULTS: Required<FileStorageOptions> = {
  segmentBytes: 16 << 20,
  markDelay: 100,
  scheduler: asyncScheduler,
  logger: silentLogger,
  label: 'the disk',
};

const BOUNDS = {
  // A segment is read in one piece, as a frame is.
  segmentBytes: [1024, MAX_FRAME_BYTES, 'bytes'],
  markDelay: [1, 3_600_000, 'ms'],
} as const;

const refuse = (what: string): never => {
  throw new ConfigurationError('BAD_OPTION', `storage: ${what}`);
};

/** Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (given: FileStorageOptions): Required<FileStorageOptions> => {
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULTS)) refuse(`there is no option ${name}; there are ${Object.keys(DEFAULTS).join(', ')}`);
  }
  const options = { ...DEFAULTS, ...given };
  for (const [name, [least, most, unit]] of Object.entries(BOUNDS)) {
    const value = options[name as keyof typeof BOUNDS];
    if (!Number.isSafeInteger(value) || value < least || value > most)
      refuse(`${name} is ${value}; it must be a whole number from ${least} to ${most} ${unit}`);
  }
  return options;
};
