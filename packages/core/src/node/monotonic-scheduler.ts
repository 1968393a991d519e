import { asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

/** Work for the next microtask or the next round of the event loop. RxJS's own costs several times as much, and every turn of a node is one. */
class Task<T> extends Subscription implements SchedulerAction<T> {
  constructor(
    queue: (run: () => void) => unknown,
    private readonly work: Work<T>,
    state: T | undefined,
  ) {
    super();
    queue(() => {
      if (!this.closed) work.call(this, state);
    });
  }

  schedule(state?: T, delay = 0): Subscription {
    const again = monotonicScheduler.schedule(this.work, delay, state);
    this.add(again);
    return again;
  }
}

/** The next round of the event loop, where the platform has it: a timer sleeps first, and on a busy machine another has the processor then. */
const { setImmediate: nextRound } = globalThis as { readonly setImmediate?: (run: () => void) => unknown };

/** Real time: the platform's monotonic clock, a microtask for work without delay, the event loop's next round up to 1 ms, a timer above. */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    if (delay <= 0) return new Task(queueMicrotask, work, state);
    if (delay <= 1 && nextRound !== undefined) return new Task(nextRound, work, state);
    return asyncScheduler.schedule(work, delay, state as T);
  },
};
