import { errorFrom, StoppedError, SynodError } from '@synod/core';
import { BehaviorSubject, filter, type Observable, take } from 'rxjs';
import { storageFailed } from './errors.js';
import { type Steps, start } from './sequence.js';

/**
 * What all parts of a storage share: whether it may still acknowledge anything. A disk that failed once is not asked again, since
 * what it then holds is unknown: after a failed sync the kernel may take the pages for clean and report success.
 */
export class Lifecycle {
  #failure: Error | undefined;
  #closing = false;
  readonly #running$ = new BehaviorSubject(0);

  /** `label`: how messages name the directory. */
  constructor(readonly label: string) {}

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Why nothing more may be done, if so. */
  get obstacle(): Error | undefined {
    return this.#failure ?? (this.#closing ? new StoppedError('STOPPED', 'the storage is closed') : undefined);
  }

  /** Throws the obstacle. */
  check(): void {
    const obstacle = this.obstacle;
    if (obstacle) throw obstacle;
  }

  /** Takes note of what went wrong and returns the error of this and every later call. That the storage was closed is no failure. */
  fail(thrown: unknown): Error {
    if (thrown instanceof StoppedError) return thrown;
    if (this.#failure) return this.#failure;
    const error = errorFrom(thrown);
    this.#failure = error instanceof SynodError ? error : storageFailed(this.label, error);
    return this.#failure;
  }

  close(): void {
    this.#closing = true;
  }

  /** Something began that must end before all is closed. */
  begin(): void {
    this.#running$.next(this.#running$.value + 1);
  }

  end(): void {
    this.#running$.next(this.#running$.value - 1);
  }

  /** Runs steps that must end before all is closed, at once and whether or not anyone stays subscribed. A failure is everybody's. */
  run<T>(steps: () => Steps<T>): Observable<T> {
    const lifecycle = this;
    this.begin();
    const result = start(function* () {
      try {
        return yield* steps();
      } catch (error) {
        throw lifecycle.fail(error);
      }
    });
    const end = (): void => this.end();
    result.subscribe({ error: end, complete: end });
    return result;
  }

  /** Emits once, when nothing runs. */
  get idle$(): Observable<unknown> {
    return this.#running$.pipe(
      filter((running) => running === 0),
      take(1),
    );
  }
}
