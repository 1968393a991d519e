import { lastValueFrom, Observable, type Subscriber } from 'rxjs';
import { errorFrom, OverloadedError, RefusedError, StoppedError } from '../../errors.js';
import { QueryError, type QueryOptions, type ReplicatedClient, type SubmitOptions, UnknownOutcomeError } from '../../replication/client.js';
import type { Codec } from '../../replication/codec.js';
import type { StateMachineCodecs } from '../../replication/state-machine.js';
import type { Ask, Retry, Settled, Submit } from './messages.js';

const DEFAULT_DEADLINE = 5000;
const utf8 = new TextDecoder();

/** What the client needs of its node. */
export interface Door {
  send(message: Submit | Retry | Ask): void;
  now(): number;
}

interface Call {
  readonly subscriber: Subscriber<unknown>;
  readonly codec: Codec<unknown>;
  readonly query: boolean;
}

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
  ) {}

  submit(command: unknown, options?: SubmitOptions): Promise<unknown> {
    return lastValueFrom(this.submit$(command, options));
  }

  query(query: unknown, options?: QueryOptions): Promise<unknown> {
    return lastValueFrom(this.query$(query, options));
  }

  submit$(command: unknown, { deadline = DEFAULT_DEADLINE }: SubmitOptions = {}): Observable<unknown> {
    return this.#call(false, (ticket) => {
      this.validate(command);
      const bytes = this.#encoded(this.codecs.command, command, 'command');
      return { kind: 'submit', ticket, command: bytes, deadline: this.door.now() + deadline };
    });
  }

  query$(query: unknown, { deadline = DEFAULT_DEADLINE, consistency = 'linearizable' }: QueryOptions = {}): Observable<unknown> {
    return this.#call(true, (ticket) => {
      const bytes = this.#encoded(this.codecs.query, query, 'query');
      return { kind: 'ask', ticket, query: bytes, consistency, deadline: this.door.now() + deadline };
    });
  }

  /** What the proposer says of a ticket. */
  settled({ ticket, status, bytes, reason }: Settled): void {
    const call = this.#calls.get(ticket);
    if (call === undefined) return;
    this.#calls.delete(ticket);
    const { subscriber, codec, query } = call;
    switch (status) {
      case 'done': {
        let value: unknown;
        try {
          value = codec.decode(bytes);
        } catch (error) {
          return subscriber.error(errorFrom(error));
        }
        subscriber.next(value);
        return subscriber.complete();
      }
      case 'failed':
        return subscriber.error(query ? new QueryError(utf8.decode(bytes)) : new RefusedError('COMMAND_REFUSED', utf8.decode(bytes)));
      case 'refused':
        return subscriber.error(new RefusedError('UNAVAILABLE', `${reason}; nothing happened`));
      case 'overloaded':
        return subscriber.error(new OverloadedError(reason));
      case 'unknown':
        return subscriber.error(
          new UnknownOutcomeError(`${reason}; it may have happened`, ({ deadline = DEFAULT_DEADLINE } = {}) =>
            lastValueFrom(
              this.#call(false, (again) => ({ kind: 'retry', ticket: again, unknown: ticket, deadline: this.door.now() + deadline })),
            ),
          ),
        );
    }
  }

  /** The node stops or has failed: nobody answers any more. */
  stop(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { subscriber, query } of calls)
      subscriber.error(
        query
          ? new StoppedError('STOPPED', 'the node stopped before it could answer')
          : new UnknownOutcomeError('the node stopped before the outcome was known; it may have happened', () =>
              Promise.reject(new StoppedError('STOPPED', 'the node has stopped; ask through another')),
            ),
      );
  }

  #call(query: boolean, message: (ticket: number) => Submit | Retry | Ask): Observable<unknown> {
    return new Observable((subscriber) => {
      const ticket = ++this.#ticket;
      this.door.send(message(ticket));
      this.#calls.set(ticket, { subscriber, codec: query ? this.codecs.answer : this.codecs.result, query });
      // Who unsubscribes no longer wants to know; the command goes its way.
      return () => this.#calls.delete(ticket);
    });
  }

  #encoded(codec: Codec<unknown>, value: unknown, what: string): Uint8Array {
    const bytes = codec.encode(value);
    if (bytes.length > this.commandBytes)
      throw new RefusedError('TOO_LARGE', `a ${what} of ${bytes.length} bytes; at most ${this.commandBytes} are allowed. Nothing was sent`);
    return bytes;
  }
}
