import { StorageError, SynodError } from '../errors.js';
import { ByteReader, ByteWriter, MalformedError } from '../transport/bytes.js';
import { type Outcome, oneByOneResults, togetherResults } from './batch.js';
import { type BatchCodec, lengthPrefixed } from './codec.js';
import { type Entry, EntryType } from './entry.js';
import { DEFAULT_SESSION_LIMITS, type SessionLimits, SessionTable } from './sessions.js';
import type { At, StateMachine, StateMachineCodecs } from './state-machine.js';

/** What the proposer that waits for a slot is told. */
export type SlotOutcome =
  | { readonly outcome: 'opened'; readonly session: number }
  /** `repeated`: it was executed in an earlier slot, and these are the results of then. */
  | { readonly outcome: 'executed'; readonly results: Uint8Array; readonly repeated: boolean }
  | { readonly outcome: 'stale' | 'no session' | 'too many outstanding' };

/** How the commands of a batch, and their results, become bytes together. */
export interface CommandBatches {
  readonly commands: BatchCodec<unknown>;
  readonly results: BatchCodec<unknown>;
}

/** Stops the node: this replica could not do what the others did. */
export class ApplyError extends SynodError {
  override readonly name = 'ApplyError';
}

const utf8 = new TextEncoder();

/** In fixed words: a decoder's own may differ between versions, and results are part of the replicated state. */
const UNDECODABLE: Outcome = { ok: false, bytes: utf8.encode('the command cannot be decoded') };

/** A result that no message could carry would be asked for again and again. */
const WITHHELD: Outcome = { ok: false, bytes: utf8.encode('executed, but the result is too large to be told'), withheld: true };
const SNAPSHOT_VERSION = 1;

/**
 * Executes a decided log, slot by slot: the state machine, the sessions that make every command happen once, and log time.
 * It knows no ballot; whoever calls `execute` vouches for the slots being decided and in order.
 */
export class Replica {
  readonly #sessions: SessionTable;
  #next = 0;
  #time = 0;

  constructor(
    private readonly machine: StateMachine,
    private readonly codecs: StateMachineCodecs,
    limits: SessionLimits = DEFAULT_SESSION_LIMITS,
    private readonly resultBytes = Number.POSITIVE_INFINITY,
    private readonly batches: CommandBatches = { commands: lengthPrefixed(codecs.command), results: lengthPrefixed(codecs.result) },
  ) {
    this.#sessions = new SessionTable(limits);
  }

  /** All slots below it are executed. */
  get next(): number {
    return this.#next;
  }

  /** The time of the last executed slot. */
  get time(): number {
    return this.#time;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** The log time at which the state machine wants a tick, if any. */
  get deadline(): number | undefined {
    return this.machine.deadline?.();
  }

  /** Executes slot `next`. Undefined if nobody waits for its outcome. Throws `ApplyError` if the state machine throws. */
  execute(entry: Entry): SlotOutcome | undefined {
    const index = this.#next;
    this.#advance(index, entry.time);
    this.#next = index + 1;
    switch (entry.type) {
      case EntryType.Open:
        return { outcome: 'opened', session: this.#sessions.open(nonceOf(entry.payload), index) };
      case EntryType.Batch: {
        const admission = this.#sessions.admit(entry.session, entry.seq, entry.floor);
        if (admission.admission === 'executed') return { outcome: 'executed', results: admission.result, repeated: true };
        if (admission.admission !== 'execute') return { outcome: admission.admission };
        const results = this.#apply(entry, { index, time: this.#time });
        this.#sessions.executed(entry.session, entry.seq, results);
        return { outcome: 'executed', results, repeated: false };
      }
      default:
        return undefined;
    }
  }

  query(bytes: Uint8Array): Outcome {
    try {
      return { ok: true, bytes: this.codecs.answer.encode(this.machine.query(this.codecs.query.decode(bytes))) };
    } catch (error) {
      return refusal(error);
    }
  }

  /** The state after slot `next - 1`, as a view that later slots do not change. */
  snapshot(): Iterable<Uint8Array> {
    const sessions = this.#sessions.snapshot();
    const writer = new ByteWriter(21 + sessions.length);
    writer.u8(SNAPSHOT_VERSION);
    writer.f64(this.#next);
    writer.f64(this.#time);
    writer.blob(sessions);
    const machine = this.machine.snapshot();
    return (function* () {
      yield writer.bytes;
      yield* machine;
    })();
  }

  /** Takes over a state made by `snapshot`. Throws `MalformedError`. */
  restore(pieces: Iterable<Uint8Array>): void {
    const iterator = pieces[Symbol.iterator]();
    const head = iterator.next();
    if (head.done) throw new MalformedError('an empty snapshot');
    const reader = new ByteReader(head.value);
    const version = reader.u8();
    if (version !== SNAPSHOT_VERSION)
      throw new StorageError('SNAPSHOT_VERSION', `a snapshot of format ${version}; this version reads format ${SNAPSHOT_VERSION}`);
    const next = reader.index();
    const time = reader.f64();
    this.#sessions.restore(reader.blob());
    this.machine.restore({ [Symbol.iterator]: () => iterator });
    this.#next = next;
    this.#time = time;
  }

  #advance(index: number, time: number): void {
    if (time > this.#time) this.#time = time;
    const { machine } = this;
    const deadline = machine.deadline?.();
    if (deadline === undefined || deadline > this.#time) return;
    try {
      machine.advance?.(this.#time);
    } catch (cause) {
      throw new ApplyError('ADVANCE_FAILED', `the state machine threw while log time advanced at slot ${index}: ${String(cause)}`, {
        cause,
      });
    }
  }

  #apply(entry: Entry, at: At): Uint8Array {
    let commands: readonly unknown[];
    try {
      commands = this.batches.commands.decodeAll(entry.payload);
    } catch {
      return oneByOneResults([UNDECODABLE]);
    }
    const results = new Array<unknown>(commands.length);
    let i = 0;
    try {
      for (; i < commands.length; i++) results[i] = this.machine.apply(commands[i], at);
      const bytes = this.batches.results.encodeAll(results);
      return bytes.length <= this.resultBytes ? togetherResults(bytes) : this.#withhold(results);
    } catch (cause) {
      throw new ApplyError('APPLY_FAILED', `the state machine threw at slot ${at.index}, command ${i} of its batch: ${String(cause)}`, {
        cause,
      });
    }
  }

  /** Keeps back what does not fit, and tells the rest. */
  #withhold(results: readonly unknown[]): Uint8Array {
    let left = this.resultBytes;
    return oneByOneResults(
      results.map((result) => {
        const bytes = this.codecs.result.encode(result);
        if (bytes.length > left) return WITHHELD;
        left -= bytes.length;
        return { ok: true, bytes };
      }),
    );
  }
}

/** A nonce is 16 bytes; it is kept, and compared, as text. */
const nonceOf = (payload: Uint8Array): string => {
  let text = '';
  for (const byte of payload.subarray(0, 32)) text += byte.toString(16).padStart(2, '0');
  return text;
};

const refusal = (error: unknown): Outcome => ({ ok: false, bytes: utf8.encode(error instanceof Error ? error.message : String(error)) });
