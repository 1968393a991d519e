import { firstValueFrom, Observable, type Subscriber, throwError } from 'rxjs';
import { errorFrom, OverloadedError, RefusedError, StoppedError } from '../../errors.js';
import { UnknownOutcomeError } from '../../replication/client.js';
import type { Codec } from '../../replication/codec.js';
import type { ClientPort } from '../../wiring/protocol.js';
import { Call } from './calls.js';
import type { ClientMessage, Learn, Propose, Watch } from './messages.js';
import type { SynodOptions } from './options.js';

export interface ProposeOptions {
  /** ms after which the caller is told what is known; 5,000 unless said. */
  readonly deadline?: number;
}

export interface LearnOptions<Value> extends ProposeOptions {
  /**
   * What may be done once acceptors, asked for the deployment's `patience`, prove nothing; each outbids a proposer that may be at work.
   *
   * - `finish` (the default): have a proposer finish what somebody voted for; it proposes nothing where nobody did;
   * - `nothing`: go on asking;
   * - `{ propose: value }`: have a proposer finish what somebody voted for, or else propose this.
   */
  readonly lastResort?: 'finish' | 'nothing' | { readonly propose: Value };
}

/** What `node.of(group)` offers for a single decree: one value, decided once and for good. */
export interface SynodClient<Value> {
  /**
   * Has a value decided, this one or another, and resolves with what is: the same for all callers, on all nodes. Rejects with
   * `RefusedError` (the value was not proposed; `OverloadedError` if too many wait) or `UnknownOutcomeError` (it may be decided, or
   * come to be; its `retry()` proposes it again, which changes nothing if it is).
   */
  propose(value: Value, options?: ProposeOptions): Promise<Value>;
  /**
   * Resolves with the decided value. Rejects with `RefusedError` (`UNDECIDED`) if none is known in time, and as `propose` if the last
   * resort is a value.
   */
  learn(options?: LearnOptions<Value>): Promise<Value>;
  /** As `propose`; begins when subscribed to. */
  propose$(value: Value, options?: ProposeOptions): Observable<Value>;
  /** As `learn`; begins when subscribed to. */
  learn$(options?: LearnOptions<Value>): Observable<Value>;
  /** The decided value, once this node knows it, however long that takes; then it completes. Completes without one if the node stops. */
  readonly decided$: Observable<Value>;
}

const DEFAULT_DEADLINE = 5000;

/** What the client needs of its node. */
export interface Door extends Pick<ClientPort, 'now'> {
  send(message: Propose | Learn | Watch): void;
}

interface Watcher {
  decided(value: Uint8Array): void;
  stopped(): void;
}

/** The client of a node's group, behind this port. */
export const decreeClient = <Value>(port: ClientPort, options: ClientOptions, codec: Codec<Value>): SynodClient<Value> => {
  const decree = new DecreeClient(port, codec, options);
  port.replies$.subscribe({
    next: (message) => decree.told(message as ClientMessage),
    complete: () => decree.stop(),
  });
  return decree;
};

type ClientOptions = Pick<SynodOptions, 'valueBytes' | 'patience' | 'callers'>;

/** Turns calls into messages to the learner of this node, and what becomes of them into values and typed errors. */
export class DecreeClient<Value> implements SynodClient<Value> {
  readonly #waiting = new Set<Call>();
  readonly #watching = new Set<Watcher>();
  #decided: Uint8Array | undefined;

  constructor(
    private readonly door: Door,
    private readonly codec: Codec<Value>,
    private readonly options: ClientOptions,
  ) {}

  propose(value: Value, options?: ProposeOptions): Promise<Value> {
    return firstValueFrom(this.propose$(value, options));
  }

  learn(options?: LearnOptions<Value>): Promise<Value> {
    return firstValueFrom(this.learn$(options));
  }

  propose$(value: Value, { deadline = DEFAULT_DEADLINE }: ProposeOptions = {}): Observable<Value> {
    return this.#call('propose', (now, settle) => new Call(this.#encoded(value), now, now + deadline, settle));
  }

  learn$({ deadline = DEFAULT_DEADLINE, lastResort = 'finish' }: LearnOptions<Value> = {}): Observable<Value> {
    return this.#call('learn', (now, settle) => {
      const value = typeof lastResort === 'object' ? this.#encoded(lastResort.propose) : undefined;
      const proposerAt = lastResort === 'nothing' ? Number.POSITIVE_INFINITY : now + this.options.patience;
      return new Call(value, proposerAt, now + deadline, settle);
    });
  }

  readonly decided$ = new Observable<Value>((subscriber) => {
    const watcher: Watcher = {
      decided: (value) => {
        this.#watching.delete(watcher);
        this.#hand(value, subscriber);
      },
      stopped: () => subscriber.complete(),
    };
    if (this.#decided !== undefined) return watcher.decided(this.#decided);
    this.door.send({ kind: 'watch' });
    this.#watching.add(watcher);
    return () => this.#watching.delete(watcher);
  });

  /** What the learner of this node says. */
  told(message: ClientMessage): void {
    if (message.kind === 'expired') {
      for (const call of message.calls) if (this.#waiting.delete(call)) call.settle.reject(this.#tooLate(call));
      return;
    }
    this.#decided ??= message.value;
    for (const call of this.#takeAll()) call.settle.resolve(this.#decided);
    for (const watcher of [...this.#watching]) watcher.decided(this.#decided);
  }

  /** The node stops or has failed: nobody answers any more. */
  stop(): void {
    const gone = (): Observable<never> => throwError(() => new StoppedError('STOPPED', 'the node has stopped; ask through another'));
    for (const call of this.#takeAll())
      call.settle.reject(
        call.proposed
          ? new UnknownOutcomeError('the node stopped before the decision was known; the value may have been decided', gone)
          : new StoppedError('STOPPED', 'the node stopped before it could answer, and the value, if any, was not proposed'),
      );
    for (const watcher of this.#watching) watcher.stopped();
    this.#watching.clear();
  }

  #call(kind: 'propose' | 'learn', make: (now: number, settle: Call['settle']) => Call): Observable<Value> {
    return new Observable((subscriber) => {
      const settle = {
        resolve: (value: Uint8Array) => this.#hand(value, subscriber),
        reject: (error: Error) => subscriber.error(error),
      };
      const call = make(this.door.now(), settle);
      if (this.#decided !== undefined) return settle.resolve(this.#decided);
      try {
        if (this.#waiting.size >= this.options.callers) throw new OverloadedError(`${this.options.callers} callers wait on this node`);
        this.door.send({ kind, call });
      } catch (error) {
        // Only the question was refused: what it asks about may have happened.
        throw call.proposed && error instanceof RefusedError ? this.#unknown(call) : errorFrom(error);
      }
      // Who unsubscribes no longer wants to know, but the value goes its way; so it is a caller until its time is up.
      this.#waiting.add(call);
    });
  }

  #encoded(value: Value): Uint8Array {
    const bytes = this.codec.encode(value);
    const { valueBytes } = this.options;
    if (bytes.length > valueBytes)
      throw new RefusedError('TOO_LARGE', `a value of ${bytes.length} bytes; at most ${valueBytes} are allowed. It was not proposed`);
    return bytes;
  }

  #tooLate(call: Call): Error {
    if (call.proposed) return this.#unknown(call);
    const what = call.value === undefined ? 'nothing was proposed' : 'this value was not proposed';
    return new RefusedError('UNDECIDED', `no decision became known in time, and ${what}`);
  }

  #unknown({ value }: Call): UnknownOutcomeError<Value> {
    const retry$ = ({ deadline = DEFAULT_DEADLINE }: ProposeOptions = {}): Observable<Value> =>
      this.#call('propose', (now, settle) => new Call(value, now, now + deadline, settle, true));
    return new UnknownOutcomeError('no decision became known in time; the value may have been decided, or come to be', retry$);
  }

  /** To each a value of its own: what one does to it is nothing to the others. */
  #hand(bytes: Uint8Array, subscriber: Subscriber<Value>): void {
    let value: Value;
    try {
      value = this.codec.decode(bytes.slice());
    } catch (error) {
      return subscriber.error(errorFrom(error));
    }
    subscriber.next(value);
    subscriber.complete();
  }

  #takeAll(): readonly Call[] {
    const calls = [...this.#waiting];
    this.#waiting.clear();
    return calls;
  }
}
