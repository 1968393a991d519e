import { AsyncSubject, from, Observable, type ObservableInput, type Subscription } from 'rxjs';

/** Work in steps, written as a generator: each `yield*` of `wait(...)` runs one part to its end. */
export type Steps<T> = Generator<ObservableInput<unknown>, T, unknown>;

/** Runs `input` to its completion and returns the last value that it emitted. Its error is thrown here. */
export function* wait<T>(input: ObservableInput<T>): Steps<T> {
  return (yield input) as T;
}

/**
 * What `async`/`await` is to promises, over Observables: subscribing runs the steps, and the result is emitted at the end. Unlike
 * a promise it stays synchronous where its parts are, so it completes within virtual time. Unsubscribing leaves off at the step
 * that is running, without its `finally`.
 */
export const sequence = <T>(steps: () => Steps<T>): Observable<T> =>
  new Observable((subscriber) => {
    type Resume = () => IteratorResult<ObservableInput<unknown>, T>;
    const work = steps();
    let running: Subscription | undefined;

    const advance = (first: Resume): void => {
      let resume: Resume | undefined = first;
      // A loop, not a recursion: any number of parts in a row may complete synchronously.
      while (resume && !subscriber.closed) {
        let last: unknown;
        let settled: Resume | undefined;
        let inline = true;
        const settle = (next: Resume): void => {
          if (inline) settled = next;
          else advance(next);
        };
        try {
          const step = resume();
          if (step.done) {
            subscriber.next(step.value);
            subscriber.complete();
            return;
          }
          running = from(step.value).subscribe({
            next: (value) => {
              last = value;
            },
            error: (error) => settle(() => work.throw(error)),
            complete: () => settle(() => work.next(last)),
          });
        } catch (error) {
          subscriber.error(error);
          return;
        }
        inline = false;
        resume = settled;
      }
    };
    advance(() => work.next());
    return () => running?.unsubscribe();
  });

/** Runs steps at once, and gives their result to everyone who subscribes, then or later. */
export const start = <T>(steps: () => Steps<T>): Observable<T> => {
  const result = new AsyncSubject<T>();
  sequence(steps).subscribe(result);
  return result;
};
