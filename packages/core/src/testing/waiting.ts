import { defer, firstValueFrom, lastValueFrom, merge, NEVER, type Observable, type ObservableInput, timer } from 'rxjs';
import { check } from './check.js';

/** ms that a case waits for anything, unless its subject says otherwise. */
export const PATIENCE = 20_000;

/** ms between the first two attempts of what is done again until it works; each wait is twice the one before. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 1_000;

/** Waits for what a case needs, on events, and never longer than `patience` ms. */
export class Waiting {
  /** `news$` emits when something may have changed. */
  constructor(
    readonly patience: number,
    private readonly news$: Observable<unknown> = NEVER,
  ) {}

  /** What a port's call comes to, or its error. `what` is the broken rule if it comes to nothing in time. */
  async end<T>(what: string, call: () => ObservableInput<T>): Promise<T> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`${what}: it did not end within ${this.patience} ms`)), this.patience);
    });
    try {
      return await Promise.race([lastValueFrom(defer(call), { defaultValue: undefined as T }), tooLate]);
    } finally {
      clearTimeout(late);
    }
  }

  /** The error of a port's call that must fail. */
  async failure(what: string, call: () => ObservableInput<unknown>): Promise<unknown> {
    const succeeded = {};
    const outcome = await this.end(what, call).then(
      () => succeeded,
      (error: unknown) => error,
    );
    check(outcome !== succeeded, `${what}: it completed`);
    return outcome;
  }

  /**
   * Waits until `done`, asked at all news. `again`, if given, is done at once and, less and less often, until then: a network may
   * lose what is sent, so who wants something to arrive sends it again. `found` tells what there is instead.
   */
  async until(what: string, done: () => boolean, again?: () => void, found: () => string = () => ''): Promise<void> {
    const over = performance.now() + this.patience;
    let due = 0;
    let pause = FIRST_PAUSE;
    while (!done()) {
      const now = performance.now();
      check(now < over, () => `${what}: not so after ${this.patience} ms${found() && `; ${found()}`}`);
      if (again !== undefined && now >= due) {
        again();
        due = now + pause;
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      } else await firstValueFrom(merge(this.news$, timer(Math.min(over, again ? due : over) - now)));
    }
  }
}

/** Lets the event loop have its turn. */
export const turn = (): Promise<unknown> => lastValueFrom(timer(0));
