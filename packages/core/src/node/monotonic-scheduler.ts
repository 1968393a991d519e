import { asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

/** Work for the next microtask. RxJS's own costs several times as much, and every turn of a node is one. */
class Microtask<T> extends Subscription implements SchedulerAction<T> {
  constructor(
    private readonly work: Work<T>,
    state: T | undefined,
  ) {
    super();
    queueMicrotask(() => {
      if (!this.closed) work.call(this, state);
    });
  }

  schedule(state?: T, delay = 0): Subscription {
    const again = monotonicScheduler.schedule(this.work, delay, state);
    this.add(again);
    return again;
  }
}

/** Real time: the platform's monotonic clock, a microtask for work without delay, a timer for the rest. */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return delay > 0 ? asyncScheduler.schedule(work, delay, state as T) : new Microtask(work, state);
  },
};
