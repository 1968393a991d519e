import { Observable } from 'rxjs';
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
import type { Ask, Retry, Settled, Settlement, Submit } from './messages.js';

const DEFAULT_DEADLINE = 5000;
const utf8 = new TextDecoder();

/** What the client needs of its node. */
export interface Door {
  send(message: Submit | Retry | Ask): void;
  now(): number;
}

/** Who waits for an answer, and how it is read. */
interface Call {
  readonly codec: Codec<unknown>;
  readonly isQuery: boolean;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type Trouble = Extract<Settlement, { readonly status: string }>;
type Settle = Pick<Call, 'resolve' | 'reject'>;

/** Turns calls into messages to the proposer of this node, and what it settles into results and typed errors. */
export class MultiPaxosClient implements ReplicatedClient {
  readonly #calls = new Map<number, Call>();
  #ticket = 0;

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

  /** What the proposer says of tickets. */
  settled({ tickets, settlement }: Settled): void {
    if ('status' in settlement) this.#each(tickets, (call, ticket) => call.reject(this.#errorOf(settlement, ticket)));
    else if ('outcomes' in settlement) this.#tell(tickets, settlement.outcomes);
    else this.#tellResults(tickets, settlement.results);
  }

  #tellResults(tickets: readonly number[], bytes: Uint8Array): void {
    try {
      const results = readResults(bytes);
      if ('outcomes' in results) return this.#tell(tickets, results.outcomes);
      const values = this.results.decodeAll(results.together);
      this.#each(tickets, (call, _ticket, i) => call.resolve(values[i]));
    } catch (error) {
      // Executed, but told in a way that this version does not read.
      this.#each(tickets, (call) => call.reject(errorFrom(error)));
    }
  }

  #tell(tickets: readonly number[], outcomes: readonly Outcome[]): void {
    this.#each(tickets, (call, _ticket, i) => {
      // A batch that could not be decoded has one outcome for all of its commands.
      const outcome = (outcomes[i] ?? outcomes[0]) as Outcome;
      if (outcome.ok) finish(call, outcome.bytes);
      else call.reject(failure(outcome, call.isQuery));
    });
  }

  #each(tickets: readonly number[], settle: (call: Call, ticket: number, index: number) => void): void {
    for (let i = 0; i < tickets.length; i++) {
      const ticket = tickets[i] as number;
      const call = this.#calls.get(ticket);
      if (call === undefined) continue;
      this.#calls.delete(ticket);
      settle(call, ticket, i);
    }
  }

  /** The node stops or has failed: nobody answers any more. */
  stop(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    const gone = (): Promise<never> => Promise.reject(new StoppedError('STOPPED', 'the node has stopped; ask through another'));
    for (const { isQuery, reject } of calls)
      reject(
        isQuery
          ? new StoppedError('STOPPED', 'the node stopped before it could answer')
          : new UnknownOutcomeError('the node stopped before the outcome was known; it may have happened', gone),
      );
  }

  #submit(command: unknown, { deadline = DEFAULT_DEADLINE }: SubmitOptions = {}, settle: Settle): number {
    this.validate(command);
    const bytes = this.#encoded(this.codecs.command, command, 'command');
    return this.#send({ kind: 'submit', ticket: ++this.#ticket, command: bytes, deadline: this.door.now() + deadline }, settle);
  }

  #query(query: unknown, { deadline = DEFAULT_DEADLINE, consistency = 'linearizable' }: QueryOptions = {}, settle: Settle): number {
    const bytes = this.#encoded(this.codecs.query, query, 'query');
    return this.#send({ kind: 'ask', ticket: ++this.#ticket, query: bytes, consistency, deadline: this.door.now() + deadline }, settle);
  }

  #retry(unknown: number, { deadline = DEFAULT_DEADLINE }: SubmitOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#send({ kind: 'retry', ticket: ++this.#ticket, unknown, deadline: this.door.now() + deadline }, { resolve, reject });
    });
  }

  #send(message: Submit | Retry | Ask, { resolve, reject }: Settle): number {
    this.door.send(message);
    const isQuery = message.kind === 'ask';
    this.#calls.set(message.ticket, { codec: isQuery ? this.codecs.answer : this.codecs.result, isQuery, resolve, reject });
    return message.ticket;
  }

  #observable(begin: (settle: Settle) => number): Observable<unknown> {
    return new Observable((subscriber) => {
      const ticket = begin({
        resolve(value) {
          subscriber.next(value);
          subscriber.complete();
        },
        reject: (error) => subscriber.error(error),
      });
      // Who unsubscribes no longer wants to know; the command goes its way.
      return () => this.#calls.delete(ticket);
    });
  }

  #errorOf({ status, reason }: Trouble, ticket: number): Error {
    switch (status) {
      case 'refused':
        return new RefusedError('UNAVAILABLE', `${reason}; nothing happened`);
      case 'overloaded':
        return new OverloadedError(reason);
      case 'unknown':
        return new UnknownOutcomeError(`${reason}; it may have happened`, (options) => this.#retry(ticket, options));
    }
  }

  #encoded(codec: Codec<unknown>, value: unknown, what: string): Uint8Array {
    const bytes = codec.encode(value);
    if (bytes.length > this.commandBytes)
      throw new RefusedError('TOO_LARGE', `a ${what} of ${bytes.length} bytes; at most ${this.commandBytes} are allowed. Nothing was sent`);
    return bytes;
  }
}

const finish = ({ codec, resolve, reject }: Call, bytes: Uint8Array): void => {
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    return reject(errorFrom(error));
  }
  resolve(value);
};

/** Why a replica gave no result. */
const failure = ({ bytes, withheld }: Outcome, isQuery: boolean): Error => {
  const reason = utf8.decode(bytes);
  if (isQuery) return new QueryError(reason);
  return withheld ? new ResultWithheldError(reason) : new RefusedError('COMMAND_REFUSED', reason);
};
