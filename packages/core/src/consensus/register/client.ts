import { firstValueFrom, Observable, throwError } from 'rxjs';
import { errorFrom, OverloadedError, RefusedError, StoppedError } from '../../errors.js';
import { UnknownOutcomeError } from '../../replication/client.js';
import { type Codec, msgpack } from '../../replication/codec.js';
import type { ClientPort } from '../../wiring/protocol.js';
import { Call, type Closures, type Named, type Settle, type Versioned } from './calls.js';
import type { Settled, Settlement, Submit } from './messages.js';
import type { Operation, Rejected } from './operation.js';
import { isKey, MOST_KEY_BYTES } from './text.js';
import { BUILT_IN, COMPARE_AND_SET, DELETE, everything, READ, SET_ONCE } from './works.js';

export interface ChangeOptions {
  /** ms after which the caller is told what is known; 5,000 unless said. */
  readonly deadline?: number;
}

export interface CallOptions extends ChangeOptions {
  /** The registered query that answers, of the state after the change; value and version unless said. */
  readonly query?: string;
}

/**
 * What `node.of(group)` offers for registers, one a key. Each promise has an Observable of the same name with a `$`, which begins when
 * subscribed to. All reject with `RefusedError` if nothing happened and nothing will (code `REJECTED` if the change returned
 * `reject(reason)` or threw, `UNAVAILABLE` if no quorum answered in time); and all but `read` with `UnknownOutcomeError` if it may have
 * happened: it is there by now, comes about when another change finds a vote for it, or never. After a `read` has answered it will not
 * come about any more if it is not in what was read; its `retry()` asks again, and cannot make it happen twice.
 */
export interface RegisterClient<State = unknown> {
  /**
   * Replaces the state by what `change` makes of it, and answers with what `query` makes of that, or with value and version. Both are
   * pure, and run at the proposer of this node, as often as it takes. Refused on a node without one.
   */
  change(
    key: string,
    change: (state: State | undefined, version: number) => State | undefined | Rejected,
    query?: undefined,
    options?: ChangeOptions,
  ): Promise<Versioned<State>>;
  change<Result>(
    key: string,
    change: (state: State | undefined, version: number) => State | undefined | Rejected,
    query: (state: State | undefined, version: number) => Result,
    options?: ChangeOptions,
  ): Promise<Result>;
  /** Runs a registered change, at the proposer of this node or, on a node without one, at another's. */
  call(key: string, change: string, argument?: unknown, options?: CallOptions): Promise<unknown>;
  read(key: string, options?: ChangeOptions): Promise<Versioned<State>>;
  /** Writes `value` if the version is still this one; 0 is that of a key that was never written. */
  compareAndSet(key: string, version: number, value: State, options?: ChangeOptions): Promise<Versioned<State>>;
  /** The switch: writes `value` if there is none yet, and answers with what is there. */
  setOnce(key: string, value: State, options?: ChangeOptions): Promise<Versioned<State>>;
  /** Empties the register. Its tombstone is cleared away once every proposer and every acceptor can be reached. */
  delete(key: string, options?: ChangeOptions): Promise<void>;

  change$<Result = Versioned<State>>(
    key: string,
    change: (state: State | undefined, version: number) => State | undefined | Rejected,
    query?: (state: State | undefined, version: number) => Result,
    options?: ChangeOptions,
  ): Observable<Result>;
  call$(key: string, change: string, argument?: unknown, options?: CallOptions): Observable<unknown>;
  read$(key: string, options?: ChangeOptions): Observable<Versioned<State>>;
  compareAndSet$(key: string, version: number, value: State, options?: ChangeOptions): Observable<Versioned<State>>;
  setOnce$(key: string, value: State, options?: ChangeOptions): Observable<Versioned<State>>;
  delete$(key: string, options?: ChangeOptions): Observable<void>;
}

const DEFAULT_DEADLINE = 5000;

/** What the client needs of its node. */
export interface Door extends Pick<ClientPort, 'now' | 'soon'> {
  send(message: Submit): void;
}

/** Turns calls into messages to the caller of this node, and what that settles into results and typed errors. */
export class RegisterCalls implements RegisterClient {
  readonly #waiting = new Set<Call>();
  readonly #arguments: Codec<unknown> = msgpack();
  #unsent: Call[] = [];

  constructor(
    private readonly door: Door,
    private readonly valueBytes: number,
  ) {}

  change$(key: string, change: Closures['change'], query: Closures['query'] = everything, options?: ChangeOptions): Observable<never> {
    return this.#call$(key, () => ({ change, query }), options) as Observable<never>;
  }

  call$(key: string, change: string, argument?: unknown, options?: CallOptions): Observable<unknown> {
    return this.#call$(key, () => this.#named(change.startsWith(BUILT_IN) ? '' : change, argument, options?.query), options);
  }

  read$(key: string, options?: ChangeOptions): Observable<Versioned> {
    return this.#builtIn$(key, READ, null, options);
  }

  compareAndSet$(key: string, version: number, value: unknown, options?: ChangeOptions): Observable<Versioned> {
    return this.#builtIn$(key, COMPARE_AND_SET, { version, value }, options);
  }

  setOnce$(key: string, value: unknown, options?: ChangeOptions): Observable<Versioned> {
    return this.#builtIn$(key, SET_ONCE, value, options);
  }

  delete$(key: string, options?: ChangeOptions): Observable<void> {
    return new Observable((subscriber) =>
      this.#builtIn$(key, DELETE, null, options).subscribe({
        next: () => subscriber.next(),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  }

  change(key: string, change: Closures['change'], query?: Closures['query'], options?: ChangeOptions): Promise<never> {
    return firstValueFrom(this.change$(key, change, query, options));
  }
  call(key: string, change: string, argument?: unknown, options?: CallOptions): Promise<unknown> {
    return firstValueFrom(this.call$(key, change, argument, options));
  }
  read(key: string, options?: ChangeOptions): Promise<Versioned> {
    return firstValueFrom(this.read$(key, options));
  }
  compareAndSet(key: string, version: number, value: unknown, options?: ChangeOptions): Promise<Versioned> {
    return firstValueFrom(this.compareAndSet$(key, version, value, options));
  }
  setOnce(key: string, value: unknown, options?: ChangeOptions): Promise<Versioned> {
    return firstValueFrom(this.setOnce$(key, value, options));
  }
  delete(key: string, options?: ChangeOptions): Promise<void> {
    return firstValueFrom(this.delete$(key, options));
  }

  /** What became of a call. */
  settled({ call, settlement }: Settled): void {
    if (!this.#waiting.delete(call)) return;
    if (settlement.status === 'done') call.settle.resolve(settlement.value);
    else call.settle.reject(this.#errorOf(settlement, call));
  }

  /** The node stops or has failed: nobody answers any more. */
  stop(): void {
    const unsent = new Set(this.#unsent);
    this.#unsent = [];
    const gone = (): Observable<never> => throwError(() => new StoppedError('STOPPED', 'the node has stopped; ask through another'));
    for (const call of this.#waiting)
      call.settle.reject(
        unsent.has(call)
          ? new StoppedError('STOPPED', 'the node stopped before anything was sent; ask through another')
          : call.work.change === READ
            ? new StoppedError('STOPPED', 'the node stopped before it could answer')
            : new UnknownOutcomeError('the node stopped before the outcome was known; it may have happened', gone),
      );
    this.#waiting.clear();
  }

  #builtIn$(key: string, change: string, argument: unknown, options?: ChangeOptions): Observable<Versioned> {
    return this.#call$(key, () => this.#named(change, argument), options) as Observable<Versioned>;
  }

  #named(change: string, argument: unknown, query = ''): Named {
    const bytes = this.#arguments.encode(argument ?? null).slice();
    if (bytes.length > this.valueBytes + LEAST_ROOM)
      throw new RefusedError('TOO_LARGE', `an argument of ${bytes.length} bytes; at most ${this.valueBytes} are allowed. Nothing was sent`);
    return { change, query, argument: bytes };
  }

  #call$(key: string, work: () => Call['work'], { deadline = DEFAULT_DEADLINE }: ChangeOptions = {}): Observable<unknown> {
    return new Observable((subscriber) => {
      if (!isKey(key))
        throw new RefusedError(
          'BAD_KEY',
          `a key must be a well-formed string of at most ${MOST_KEY_BYTES} bytes in UTF-8. Nothing was sent`,
        );
      const call = new Call(key, work(), this.door.now() + deadline, settleOf(subscriber));
      this.#send(call);
      // Who unsubscribes no longer wants to know; the change goes its way.
      return () => this.#waiting.delete(call);
    });
  }

  /** When the callers of this turn have all had their say. */
  #send(call: Call): void {
    if (this.#unsent.length === 0) this.door.soon(() => this.#flush());
    this.#unsent.push(call);
    this.#waiting.add(call);
  }

  #flush(): void {
    const calls = this.#unsent;
    this.#unsent = [];
    try {
      if (calls.length > 0) this.door.send({ kind: 'submit', calls });
    } catch (error) {
      for (const call of calls) if (this.#waiting.delete(call)) call.settle.reject(errorFrom(error));
    }
  }

  #errorOf(settlement: Exclude<Settlement, { readonly status: 'done' }>, call: Call): Error {
    const { reason } = settlement;
    switch (settlement.status) {
      case 'rejected':
        return new RefusedError('REJECTED', reason);
      case 'refused':
        return new RefusedError('UNAVAILABLE', `${reason}; nothing happened`);
      case 'overloaded':
        return new OverloadedError(reason);
      case 'unknown':
        return this.#unknown(reason, call, settlement.operation);
    }
  }

  #unknown(reason: string, call: Call, operation: Operation | undefined): Error {
    const retry$ = ({ deadline = DEFAULT_DEADLINE }: ChangeOptions = {}): Observable<unknown> =>
      operation === undefined
        ? throwError(() => this.#unknown(reason, call, undefined))
        : new Observable((subscriber) => {
            const again = new Call(call.key, call.work, this.door.now() + deadline, settleOf(subscriber), operation);
            this.#send(again);
            return () => this.#waiting.delete(again);
          });
    return new UnknownOutcomeError(`${reason}; it may have happened, and may still until the key is read`, retry$);
  }
}

/** An argument is a little larger than the value in it. */
const LEAST_ROOM = 64;

const settleOf = (subscriber: { next(value: unknown): void; complete(): void; error(error: unknown): void }): Settle => ({
  resolve(value) {
    subscriber.next(value);
    subscriber.complete();
  },
  reject: (error) => subscriber.error(error),
});
