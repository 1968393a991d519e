import { ConfigurationError } from '../../errors.js';

/** What a deployment may set. Times in ms, sizes in bytes; the defaults suit a local network. */
export interface RegisterOptions {
  /** Before what was not answered is sent again. */
  readonly retry: number;
  /** A proposer that met a higher ballot waits for up to this long, and twice as long each time, until `most`. */
  readonly backoff: { readonly least: number; readonly most: number };
  /** The largest value, encoded. */
  readonly valueBytes: number;
  /** Keys of which a proposer remembers the last state, for changes in one round trip; 0 for none. */
  readonly cachedKeys: number;
  /** Changes that wait in a proposer, at most. */
  readonly queue: number;
  /** An acceptor writes a checkpoint when its log has grown by so much, or by what it holds if that is more. */
  readonly checkpointBytes: number;
}

export const DEFAULTS: RegisterOptions = {
  retry: 200,
  backoff: { least: 10, most: 1000 },
  valueBytes: 256 * 1024,
  cachedKeys: 10_000,
  queue: 16_384,
  checkpointBytes: 16 * 1024 * 1024,
};

/** What a deployment sets of the options; the rest keeps its default. */
export type RegisterSettings = {
  readonly [Name in keyof RegisterOptions]?: RegisterOptions[Name] extends object ? Partial<RegisterOptions[Name]> : RegisterOptions[Name];
};

/** Room in a frame for what travels with a value: a key, ballots, the changes that a state remembers. */
export const ENVELOPE_BYTES = 16 * 1024;

const refuse = (what: string): never => {
  throw new ConfigurationError('BAD_OPTION', `register: ${what}`);
};

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? 'an object' : (JSON.stringify(value) ?? String(value));

/** Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (settings: RegisterSettings): RegisterOptions => {
  const at = (path: string, given: unknown, least: number, whole: boolean): void => {
    if (typeof given === 'number' && given >= least && (whole ? Number.isSafeInteger(given) : Number.isFinite(given) && given > 0)) return;
    refuse(`${path} is ${shown(given)}; it must be ${whole ? `a whole number from ${least}` : 'a number above 0'}`);
  };
  for (const name of Object.keys(settings))
    if (!Object.hasOwn(DEFAULTS, name)) refuse(`there is no option ${name}; there are ${Object.keys(DEFAULTS).join(', ')}`);
  const backoff = { ...DEFAULTS.backoff, ...settings.backoff };
  const whole: RegisterOptions = { ...DEFAULTS, ...settings, backoff };
  at('retry', whole.retry, 0, false);
  at('backoff.least', backoff.least, 0, false);
  at('backoff.most', backoff.most, 0, false);
  if (backoff.most < backoff.least) refuse(`backoff.most is ${backoff.most} ms, below backoff.least, ${backoff.least} ms`);
  at('valueBytes', whole.valueBytes, 1, true);
  at('cachedKeys', whole.cachedKeys, 0, true);
  at('queue', whole.queue, 1, true);
  at('checkpointBytes', whole.checkpointBytes, 1, true);
  return whole;
};

/** The options on a transport that carries frames of `maxFrameBytes`. Throws `ConfigurationError` (`BAD_OPTION`) if what was set does not fit. */
export const fitted = (options: RegisterOptions, settings: RegisterSettings, maxFrameBytes: number): RegisterOptions => {
  const room = maxFrameBytes - ENVELOPE_BYTES;
  if (options.valueBytes <= room) return options;
  if (settings.valueBytes !== undefined || room < 1)
    refuse(
      `valueBytes ${options.valueBytes} makes messages of up to ${options.valueBytes + ENVELOPE_BYTES} bytes, but the transport carries ${maxFrameBytes}; lower it, or give the transport a larger maxFrameBytes`,
    );
  return { ...options, valueBytes: room };
};
