import { SettingsCheck } from '@synod/core/consensus';

export interface AtomicRegisterOptions {
  /** ms before a message that was not answered is sent again. */
  readonly retry: number;
  /** How many callers may wait on a node. */
  readonly callers: number;
}

const DEFAULTS: AtomicRegisterOptions = { retry: 200, callers: 1024 };

const check = new SettingsCheck('atomicRegister', ['retry']);

/** Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (given: Partial<AtomicRegisterOptions>): AtomicRegisterOptions => check.merged(given, DEFAULTS);
