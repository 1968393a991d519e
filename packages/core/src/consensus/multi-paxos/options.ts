import { DEFAULT_SESSION_LIMITS, type SessionLimits } from '../../replication/sessions.js';
import { SettingsCheck } from '../settings.js';
import { ENVELOPE_BYTES } from './sizes.js';

/** What a deployment may set. Times in ms, sizes in bytes; the defaults suit a local network. */
export interface MultiPaxosOptions {
  /** Between two heartbeats of an active leader. */
  readonly heartbeat: number;
  /** How long a leader may be silent before another stands for election: starts at `least`, multiplied when preempted, up to `most`. */
  readonly election: { readonly least: number; readonly most: number };
  /** How long a commit may wait for a proposal to carry it to the other nodes. */
  readonly commitDelay: number;
  /** Before a request, a vote or a piece that was not answered is sent again. */
  readonly retry: number;
  /** What a leader has proposed and not yet chosen, at most. */
  readonly window: { readonly slots: number; readonly bytes: number };
  /** What waits in a proposer, at most. */
  readonly queue: { readonly commands: number; readonly bytes: number };
  /** The largest command, encoded: 1 MiB, or what the transport carries if that is less. */
  readonly commandBytes: number;
  /**
   * The largest answer, and what the results of one batch take together: 2 MiB, or what the transport carries if that is less. Every
   * node must have the same.
   */
  readonly resultBytes: number;
  /** A batch is closed when it holds so much. */
  readonly batchBytes: number;
  /** A learner takes a snapshot after so much of the log. */
  readonly snapshot: { readonly slots: number; readonly bytes: number };
  /** How many slots below the last common snapshot are kept, so that a learner a little behind needs none. */
  readonly tail: number;
  /** The leader takes no more when so much of the log cannot be truncated. */
  readonly logBytes: number;
  /** Every node must be given the same: what is forgotten is part of the replicated state. */
  readonly sessions: SessionLimits;
}

export const DEFAULTS: MultiPaxosOptions = {
  heartbeat: 50,
  election: { least: 400, most: 5000 },
  commitDelay: 5,
  retry: 300,
  window: { slots: 1024, bytes: 32 * 1024 * 1024 },
  queue: { commands: 65_536, bytes: 64 * 1024 * 1024 },
  commandBytes: 1024 * 1024,
  resultBytes: 2 * 1024 * 1024,
  batchBytes: 64 * 1024,
  snapshot: { slots: 100_000, bytes: 64 * 1024 * 1024 },
  tail: 1000,
  logBytes: 1024 * 1024 * 1024,
  sessions: DEFAULT_SESSION_LIMITS,
};

/** What a deployment sets of the options, at any depth; the rest keeps its default. */
export type MultiPaxosSettings = {
  readonly [Name in keyof MultiPaxosOptions]?: MultiPaxosOptions[Name] extends object
    ? Partial<MultiPaxosOptions[Name]>
    : MultiPaxosOptions[Name];
};

/** Times may have fractions; what is left is counted in slots, commands, sessions or bytes. */
const TIMES: readonly string[] = ['heartbeat', 'election.least', 'election.most', 'commitDelay', 'retry'];

const check = new SettingsCheck('multiPaxos', TIMES);
const refuse = (what: string): never => check.refuse(what);

/** Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (given: MultiPaxosSettings): MultiPaxosOptions => {
  const whole = check.merged(given, DEFAULTS);
  if (whole.election.least < 3 * whole.heartbeat)
    refuse(`election.least is ${whole.election.least} ms; it must be at least three heartbeats, ${3 * whole.heartbeat} ms`);
  if (whole.logBytes < 4 * whole.snapshot.bytes)
    refuse(
      `logBytes is ${whole.logBytes}; it must be at least four times snapshot.bytes, ${4 * whole.snapshot.bytes}, or the log fills up before a snapshot lets it be truncated`,
    );
  if (whole.election.most < whole.election.least)
    refuse(`election.most is ${whole.election.most} ms, below election.least, ${whole.election.least} ms`);
  return whole;
};

/** No size is made to fit by less: a node that starts and then refuses every command is worse than one that does not start. */
const LEAST_FITTED = 1024;

/**
 * The options on a transport that carries frames of `maxFrameBytes`: what was not set is made to fit. Throws `ConfigurationError`
 * (`BAD_OPTION`) if what was set does not.
 */
export const fitted = (options: MultiPaxosOptions, settings: MultiPaxosSettings, maxFrameBytes: number): MultiPaxosOptions => {
  const room = maxFrameBytes - ENVELOPE_BYTES;
  const {
    batchBytes,
    commandBytes = Math.min(options.commandBytes, Math.max(LEAST_FITTED, room - batchBytes)),
    resultBytes = Math.min(options.resultBytes, Math.max(LEAST_FITTED, room)),
  } = { batchBytes: options.batchBytes, ...settings };
  const largest = Math.max(commandBytes + batchBytes, resultBytes) + ENVELOPE_BYTES;
  if (largest > maxFrameBytes)
    refuse(
      `commandBytes ${commandBytes}, batchBytes ${batchBytes} and resultBytes ${resultBytes} make messages of up to ${largest} bytes, but the transport carries ${maxFrameBytes}; lower them, or give the transport a larger maxFrameBytes`,
    );
  return { ...options, commandBytes, resultBytes };
};
