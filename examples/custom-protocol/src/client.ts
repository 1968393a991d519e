import { type ClientPort, type Codec, errorFrom, OverloadedError, RefusedError, StoppedError, UnknownOutcomeError } from '@synod/core';
import { firstValueFrom, Observable, type Subscriber, throwError } from 'rxjs';
import type { Call, Outcome } from './call.js';
import type { Ask, Settled, Tagged } from './messages.js';

export interface CallOptions {
  /** ms after which the caller is told what is known; 5,000 unless said. */
  readonly deadline?: number;
}

/** What `node.of(group)` offers. Promises begin at once, Observables when subscribed to. */
export interface AtomicRegisterClient<Value> {
  /** Resolves with the value; undefined before the first write. Rejects with `RefusedError` (`UNAVAILABLE`) if no quorum answers in time. */
  read(options?: CallOptions): Promise<Value | undefined>;
  /**
   * Resolves once a quorum holds the value. Rejects with `RefusedError` if it was given to nobody (`UNAVAILABLE`, `TOO_LARGE`,
   * `OVERLOADED`), and with `UnknownOutcomeError` if it may be read some day; `retry()` writes it under the same tag, so not twice.
   */
  write(value: Value, options?: CallOptions): Promise<void>;
  read$(options?: CallOptions): Observable<Value | undefined>;
  write$(value: Value, options?: CallOptions): Observable<void>;
}

const DEFAULT_DEADLINE = 5000;

/** What the client needs of its node. */
export interface Door extends Pick<ClientPort, 'now' | 'replies$'> {
  send(message: Ask): void;
}

/** Turns calls into messages to the coordinator of this node, and what becomes of them into values and typed errors. */
export class Client<Value> implements AtomicRegisterClient<Value> {
  readonly #waiting = new Set<Call>();

  /** `valueBytes`: the largest value, encoded. */
  constructor(
    private readonly port: Door,
    private readonly codec: Codec<Value>,
    private readonly valueBytes: number,
  ) {
    port.replies$.subscribe({
      next: (message) => {
        const { call, outcome } = message as Settled;
        if (this.#waiting.delete(call)) call.settle(outcome);
      },
      complete: () => {
        for (const call of this.#waiting) call.stopped();
        this.#waiting.clear();
      },
    });
  }

  read(options?: CallOptions): Promise<Value | undefined> {
    return firstValueFrom(this.read$(options));
  }

  write(value: Value, options?: CallOptions): Promise<void> {
    return firstValueFrom(this.write$(value, options));
  }

  read$(options?: CallOptions): Observable<Value | undefined> {
    return this.#call$(
      () => ({ read: true }),
      ({ tag, value }) => (tag.round === 0 ? undefined : this.codec.decode(value.slice())),
      options,
    );
  }

  write$(value: Value, options?: CallOptions): Observable<void> {
    return this.#call$(
      () => ({ write: this.#encoded(value) }),
      () => undefined,
      options,
    );
  }

  #call$<T>(wanted: () => Call['wants'], read: (held: Tagged) => T, { deadline = DEFAULT_DEADLINE }: CallOptions = {}): Observable<T> {
    return new Observable((subscriber) => {
      const wants = wanted();
      const call: Call = {
        wants,
        deadline: this.port.now() + deadline,
        settle: (outcome) => this.#settle(outcome, read, subscriber),
        stopped: () => subscriber.error('read' in wants ? gone() : this.#unknown('the node stopped', () => throwError(gone))),
      };
      this.#waiting.add(call);
      try {
        this.port.send({ kind: 'ask', call });
      } catch (error) {
        this.#waiting.delete(call);
        // Only the question was refused: what it asks about again may have happened.
        throw 'again' in wants ? this.#unknown(errorFrom(error).message, this.#again(wants.again, read)) : error;
      }
      // Who unsubscribes no longer wants to know; a write goes its way.
      return () => this.#waiting.delete(call);
    });
  }

  #settle<T>(outcome: Outcome, read: (held: Tagged) => T, subscriber: Subscriber<T>): void {
    switch (outcome.outcome) {
      case 'done':
        subscriber.next(read(outcome.held));
        return subscriber.complete();
      case 'refused':
        return subscriber.error(new RefusedError('UNAVAILABLE', 'no quorum of acceptors answered in time; nothing was written'));
      case 'overloaded':
        return subscriber.error(new OverloadedError('too many callers wait on this node'));
      case 'unknown':
        return subscriber.error(this.#unknown('no quorum of acceptors answered in time', this.#again(outcome.given, read)));
    }
  }

  #again<T>(given: Tagged, read: (held: Tagged) => T): (options?: CallOptions) => Observable<T> {
    return (options) => this.#call$(() => ({ again: given }), read, options);
  }

  #unknown<T>(what: string, retry$: (options?: CallOptions) => Observable<T>): UnknownOutcomeError<T> {
    return new UnknownOutcomeError(`${what}; the value may have been written, or come to be`, retry$);
  }

  #encoded(value: Value): Uint8Array {
    // A copy: until it is stored it is the caller's no more.
    const bytes = this.codec.encode(value).slice();
    if (bytes.length <= this.valueBytes) return bytes;
    throw new RefusedError('TOO_LARGE', `a value of ${bytes.length} bytes; at most ${this.valueBytes} are allowed. Nothing was written`);
  }
}

const gone = (): StoppedError => new StoppedError('STOPPED', 'the node has stopped; ask through another');
