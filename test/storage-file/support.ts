import type { Disk, LogRecord, Recovered, StorageIdentity } from '@synod/core';
import { FileStorage, type FileStorageOptions } from '@synod/storage-file/log';
import { from, type ObservableInput, VirtualTimeScheduler } from 'rxjs';

export const IDENTITY: StorageIdentity = { cluster: 'shop', node: 'a', newGeneration: 'first' };
export const SEGMENT_BYTES = 1024;

export const segment = (number: number): string => `segment-${String(number).padStart(10, '0')}`;

const utf8 = new TextEncoder();
const text = new TextDecoder();

export const record = (content: string, role = 'counters/acceptor'): LogRecord => ({ role, bytes: utf8.encode(content) });

/** What became of something that was subscribed to. */
export interface Outcome<T> {
  value?: T;
  state: 'running' | 'done' | 'failed';
  error?: Error & { code?: string };
}

/** Subscribes, and tells what became of it so far. */
export const follow = <T>(input: ObservableInput<T>): Outcome<T> => {
  const outcome: Outcome<T> = { state: 'running' };
  from(input).subscribe({
    next: (value) => {
      outcome.value = value;
    },
    error: (error) => {
      outcome.error = error;
      outcome.state = 'failed';
    },
    complete: () => {
      outcome.state = 'done';
    },
  });
  return outcome;
};

/** The result of something that completes at once. */
export const now = <T>(input: ObservableInput<T>): T => {
  const { state, value, error } = follow(input);
  if (state === 'failed') throw error;
  if (state === 'running') throw new Error('it did not complete');
  return value as T;
};

/** The error of something that fails at once. */
export const failure = (input: ObservableInput<unknown>): Error & { code?: string } => {
  const { state, error } = follow(input);
  if (state !== 'failed' || !error) throw new Error(`it did not fail, it is ${state}`);
  return error;
};

/** A storage in virtual time, and what it logged. */
export const storageOn = (disk: Disk, options: FileStorageOptions = {}) => {
  const scheduler = new VirtualTimeScheduler();
  const warnings: { message: string; details: Record<string, unknown> }[] = [];
  const silent = (): void => {};
  const warn = (message: string, details?: object): void => {
    warnings.push({ message, details: { ...details } });
  };
  const logger = { debug: silent, info: silent, error: silent, warn };
  const storage = new FileStorage(disk, { segmentBytes: SEGMENT_BYTES, scheduler, logger, label: './data/a', ...options });
  return {
    storage,
    scheduler,
    warnings,
    open: (identity = IDENTITY): Recovered => now(storage.open(identity)),
    append: (...contents: string[]): void => void now(storage.append(contents.map((content) => record(content)))),
    /** Lets virtual time pass until nothing is planned. */
    idle: (): void => scheduler.flush(),
  };
};

/** What a role gets back, as text. */
export const contents = (recovered: Recovered, role = 'counters/acceptor'): string[] =>
  [...(recovered.roles.get(role)?.records ?? [])].map((bytes) => text.decode(bytes));

export const checkpointOf = (recovered: Recovered, role = 'counters/acceptor'): string[] | undefined => {
  const pieces = recovered.roles.get(role)?.checkpoint;
  return pieces && [...pieces].map((piece) => text.decode(piece));
};

export const pieces = (...texts: string[]): Uint8Array[] => texts.map((piece) => utf8.encode(piece));

/** A small repeatable source of chance. */
export const chance = (seed: number): (() => number) => {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
};
