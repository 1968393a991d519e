import { Observable, throwError } from 'rxjs';
import { errorFrom, OverloadedError, RefusedError, StoppedError } from '../../errors.js';
import { type Outcome, readResults } from '../../replication/batch.js';
import {
  QueryError,
  type QueryOptions,
  type ReplicatedClient,
  ResultWithheldError,
  type SubmitOptions,
  UnknownOutcomeError,
} from '../../replication/client.js';
import { type BatchCodec, type Codec, lengthPrefixed } from '../../replication/codec.js';
import type { StateMachineCodecs } from '../../replication/state-machine.js';
import type { ClientPort } from '../../wiring/protocol.js';
import { CommandCall, QueryCall, type Settle, WaitingCalls } from './calls.js';
import type { Ask, Retry, Settled, Settlement, Submit } from './messages.js';

const DEFAULT_DEADLINE = 5000;
const utf8 = new TextDecoder();

/** What the client needs of its node. */
export interface Door extends Pick<ClientPort, 'now' | 'soon'> {
  send(message: Submit | Retry | Ask): void;
}

type Call = CommandCall | QueryCall;
type Trouble = Extract<Settlement, { readonly status: string }>;

/**
 * Turns calls into messages to the proposer of this node, and what that settles into results and typed errors. The calls of a
 * turn leave as one message.
 */
export class MultiPaxosClient implements ReplicatedClient {
  readonly #waiting = new WaitingCalls();
  #commands: CommandCall[] = [];
  #queries: QueryCall[] = [];

  /** `validate` throws on a command that must not be sent; `commandBytes` is the largest one, encoded. */
  constructor(
    private readonly door: Door,
    private readonly codecs: StateMachineCodecs,
    private readonly validate: (command: unknown) => void,
    private readonly commandBytes: number,
    private readonly results: BatchCodec<unknown> = lengthPrefixed(codecs.result),
  ) {}

  submit(command: unknown, options?: SubmitOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#submit(command, options, { resolve, reject });
    });
  }

  query(query: unknown, options?: QueryOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#query(query, options, { resolve, reject });
    });
  }

  submit$(command: unknown, options?: SubmitOptions): Observable<unknown> {
    return this.#observable((settle) => this.#submit(command, options, settle));
  }

  query$(query: unknown, options?: QueryOptions): Observable<unknown> {
    return this.#observable((settle) => this.#query(query, options, settle));
  }

  /** What the proposer says of calls. */
  settled({ calls, settlement }: Settled): void {
    if ('status' in settlement) this.#each(calls, (call) => call.settle.reject(this.#errorOf(settlement, call)));
    else if ('outcomes' in settlement) this.#tell(calls, settlement.outcomes);
    else this.#tellResults(calls, settlement.results);
  }

  /** The node stops or has failed: nobody answers any more. */
  stop(): void {
    const unsent = new Set<Call>([...this.#commands, ...this.#queries]);
    this.#commands = [];
    this.#queries = [];
    const nothing = new StoppedError('STOPPED', 'the node stopped before anything was sent; ask through another');
    const unanswered = new StoppedError('STOPPED', 'the node stopped before it could answer');
    const gone = (): Observable<never> => throwError(() => new StoppedError('STOPPED', 'the node has stopped; ask through another'));
    for (const call of this.#waiting.removeAll()) {
      if (unsent.has(call)) call.settle.reject(nothing);
      else if (call instanceof QueryCall) call.settle.reject(unanswered);
      else call.settle.reject(new UnknownOutcomeError('the node stopped before the outcome was known; it may have happened', gone));
    }
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #submit(command: unknown, { deadline = DEFAULT_DEADLINE }: SubmitOptions = {}, settle: Settle): Call {
    this.validate(command);
    const call = new CommandCall(this.#encoded(this.codecs.command, command, 'command'), this.door.now() + deadline, settle);
    this.#sendSoon();
    this.#commands.push(call);
    this.#waiting.add(call);
    return call;
  }

  #query(query: unknown, { deadline = DEFAULT_DEADLINE, consistency = 'linearizable' }: QueryOptions = {}, settle: Settle): Call {
    const call = new QueryCall(this.#encoded(this.codecs.query, query, 'query'), this.door.now() + deadline, settle, consistency);
    this.#sendSoon();
    this.#queries.push(call);
    this.#waiting.add(call);
    return call;
  }

  /** When the callers of this turn have all had their say. */
  #sendSoon(): void {
    if (this.#commands.length === 0 && this.#queries.length === 0) this.door.soon(() => this.#send());
  }

  #send(): void {
    const commands = this.#commands;
    const queries = this.#queries;
    this.#commands = [];
    this.#queries = [];
    if (commands.length > 0) this.#hand({ kind: 'submit', calls: commands });
    if (queries.length > 0) this.#hand({ kind: 'ask', calls: queries });
  }

  #hand(message: Submit | Ask): void {
    try {
      this.door.send(message);
    } catch (error) {
      this.#each(message.calls, ({ settle }) => settle.reject(errorFrom(error)));
    }
  }

  #encoded(codec: Codec<unknown>, value: unknown, what: string): Uint8Array {
    const bytes = codec.encode(value);
    if (bytes.length > this.commandBytes)
      throw new RefusedError('TOO_LARGE', `a ${what} of ${bytes.length} bytes; at most ${this.commandBytes} are allowed. Nothing was sent`);
    return bytes;
  }

  #observable(begin: (settle: Settle) => Call): Observable<unknown> {
    return new Observable((subscriber) => {
      const call = begin({
        resolve(value) {
          subscriber.next(value);
          subscriber.complete();
        },
        reject: (error) => subscriber.error(error),
      });
      // Who unsubscribes no longer wants to know; the command goes its way.
      return () => this.#waiting.remove(call);
    });
  }

  // ── answering ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #tellResults(calls: Settled['calls'], bytes: Uint8Array): void {
    try {
      const results = readResults(bytes);
      if ('outcomes' in results) return this.#tell(calls, results.outcomes);
      const values = this.results.decodeAll(results.together);
      this.#each(calls, ({ settle }, i) => settle.resolve(values[i]));
    } catch (error) {
      // Executed, but told in a way that this version does not read.
      this.#each(calls, ({ settle }) => settle.reject(errorFrom(error)));
    }
  }

  #tell(calls: Settled['calls'], outcomes: readonly Outcome[]): void {
    this.#each(calls, (call, i) => {
      // A batch that could not be decoded has one outcome for all of its commands.
      const outcome = (outcomes[i] ?? outcomes[0]) as Outcome;
      if (!outcome.ok) call.settle.reject(failure(outcome, call instanceof QueryCall));
      else finish(call, call instanceof QueryCall ? this.codecs.answer : this.codecs.result, outcome.bytes);
    });
  }

  /** Of those who still wait. */
  #each(calls: Settled['calls'], settle: (call: Call, index: number) => void): void {
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i];
      if (call !== undefined && this.#waiting.remove(call)) settle(call, i);
    }
  }

  #errorOf({ status, reason }: Trouble, call: Call): Error {
    switch (status) {
      case 'refused':
        return new RefusedError('UNAVAILABLE', `${reason}; nothing happened`);
      case 'overloaded':
        return new OverloadedError(reason);
      case 'unknown':
        return this.#unknown(reason, call);
    }
  }

  /** Its `retry$` asks about `call` and, where the same error is used again, about whoever asked last: that one was told no more. */
  #unknown(reason: string, call: CommandCall): Error {
    let asked = call;
    const retry$ = ({ deadline = DEFAULT_DEADLINE }: SubmitOptions = {}): Observable<unknown> =>
      this.#observable((settle) => {
        const next = new CommandCall(call.bytes, this.door.now() + deadline, settle);
        try {
          this.door.send({ kind: 'retry', call: next, unknown: asked });
        } catch (error) {
          // Only the question was refused: what it asks about may have happened.
          throw error instanceof RefusedError ? this.#unknown('there is no room to ask', asked) : errorFrom(error);
        }
        this.#waiting.add(next);
        asked = next;
        return next;
      });
    return new UnknownOutcomeError(`${reason}; it may have happened`, retry$);
  }
}

const finish = ({ settle }: Call, codec: Codec<unknown>, bytes: Uint8Array): void => {
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    return settle.reject(errorFrom(error));
  }
  settle.resolve(value);
};

/** Why a replica gave no result. */
const failure = ({ bytes, withheld }: Outcome, isQuery: boolean): Error => {
  const reason = utf8.decode(bytes);
  if (isQuery) return new QueryError(reason);
  return withheld ? new ResultWithheldError(reason) : new RefusedError('COMMAND_REFUSED', reason);
};
