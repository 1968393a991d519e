import { type Codec, msgpack } from '../../replication/codec.js';
import { SettingsCheck, shown } from '../settings.js';

/**
 * How learners come to know what is decided (Paxos Made Simple §2.3). `all`: every acceptor tells every learner, which takes the fewest
 * delays and the most messages. Or acceptors tell these learners alone, which tell the rest: more than one, or it takes longer while
 * that one is away. Whom neither reaches asks the acceptors.
 */
export type Learning = 'all' | { readonly distinguished: readonly string[] };

/** What a deployment may set, in numbers. Times in ms; the defaults suit a local network. */
export interface SynodOptions {
  /** Before a message that was not answered is sent again. */
  readonly retry: number;
  /** How long a proposer that was preempted waits before it takes a higher ballot: drawn, and twice as long each time, up to `most`. */
  readonly backOff: { readonly least: number; readonly most: number };
  /** How long `learn` only asks acceptors, before its last resort. */
  readonly patience: number;
  /** The largest value, encoded, bytes: 1 MiB, or what the transport carries if that is less. */
  readonly valueBytes: number;
  /** How many callers may wait on a node. */
  readonly callers: number;
}

export const DEFAULTS: SynodOptions = {
  retry: 300,
  backOff: { least: 50, most: 5000 },
  patience: 1000,
  valueBytes: 1024 * 1024,
  callers: 1024,
};

/** What a deployment sets; the rest keeps its default. Every node must be given the same `learning`, and a codec that understands the others'. */
export type SynodSettings<Value = unknown> = {
  readonly learning?: Learning;
  /** Values to bytes and back; MessagePack unless said. */
  readonly codec?: Codec<Value>;
} & {
  readonly [Name in keyof SynodOptions]?: SynodOptions[Name] extends object ? Partial<SynodOptions[Name]> : SynodOptions[Name];
};

/** The options above that may have fractions. */
export const TIMES = ['retry', 'backOff.least', 'backOff.most', 'patience'] as const;

const check = new SettingsCheck('synod', TIMES, ['learning', 'codec']);

/** `by`: in the name of which protocol. Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (settings: Omit<SynodSettings, 'codec' | 'learning'>, by = check): SynodOptions => {
  const whole = by.merged(settings, DEFAULTS);
  const { least, most } = whole.backOff;
  if (most < least) by.refuse(`backOff.most is ${most} ms, below backOff.least, ${least} ms`);
  return whole;
};

/** Throws `ConfigurationError` (`BAD_OPTION`). */
export const checkedLearning = (given: unknown = 'all'): Learning => {
  if (given === 'all') return given;
  const distinguished: unknown = (given as { readonly distinguished?: unknown } | null)?.distinguished;
  if (!Array.isArray(distinguished) || distinguished.length === 0 || !distinguished.every((node) => typeof node === 'string'))
    return check.refuse(
      `learning is ${shown(given)}; it must be 'all', or { distinguished: [...] } with the names of one or more nodes that play learner`,
    );
  return { distinguished: [...new Set(distinguished as string[])] };
};

/** Throws `ConfigurationError` (`BAD_OPTION`). */
export const checkedCodec = <Value>(given: Codec<Value> = msgpack(), by = check): Codec<Value> => {
  if (typeof given?.encode === 'function' && typeof given.decode === 'function') return given;
  return by.refuse(`codec is ${shown(given)}; it must have encode and decode`);
};

/** What a message holds besides its value, at most: headers, names, ballots. */
const ENVELOPE_BYTES = 4096;

/** No size is made to fit by less: a node that starts and then refuses every value is worse than one that does not start. */
const LEAST_FITTED = 1024;

/**
 * The options on a transport that carries frames of `maxFrameBytes`: a size that was not set is made to fit. Throws
 * `ConfigurationError` (`BAD_OPTION`) if one that was set does not.
 */
export const fitted = <Options extends Pick<SynodOptions, 'valueBytes'>>(
  options: Options,
  { valueBytes }: Pick<SynodSettings, 'valueBytes'>,
  maxFrameBytes: number,
  by = check,
): Options => {
  const largest = valueBytes ?? Math.min(options.valueBytes, Math.max(LEAST_FITTED, maxFrameBytes - ENVELOPE_BYTES));
  if (largest + ENVELOPE_BYTES > maxFrameBytes)
    by.refuse(
      `valueBytes ${largest} makes messages of up to ${largest + ENVELOPE_BYTES} bytes, but the transport carries ${maxFrameBytes}; lower it, or give the transport a larger maxFrameBytes`,
    );
  return { ...options, valueBytes: largest };
};
