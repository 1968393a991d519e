import { asapScheduler, asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/** Real time: the platform's monotonic clock, a microtask for work without delay, a timer for the rest. */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return (delay > 0 ? asyncScheduler : asapScheduler).schedule(work, delay, state as T);
  },
};
