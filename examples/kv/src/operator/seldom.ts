import type { NodeEvent } from '@synod/core';
import { asyncScheduler, Observable, type SchedulerLike, type Subscription } from 'rxjs';

/** ms between two sums of one thing that goes on. */
const PERIOD = 30_000;
/** ms after which nothing comes any more of what has ended: the transport tells of drops a second late. */
const LATE = 1_500;

/** Something that goes on: told when it began, counted since. */
interface Ongoing {
  readonly event: NodeEvent;
  /** When it was told last, and how often it came since. */
  told: number;
  count: number;
  /** Whether its end is near. */
  ending: boolean;
  timer?: Subscription;
}

/**
 * A node drops frames to a peer for as long as that is away. Of what goes on like that this lets the first event through, then a
 * sum every 30 s (with `count` and `seconds`) and one when the peer is back. That a node may not vote, its roles say each for itself:
 * told once.
 */
export const seldom =
  (scheduler: SchedulerLike = asyncScheduler) =>
  (events$: Observable<NodeEvent>): Observable<NodeEvent> =>
    new Observable((subscriber) => {
      const ongoing = new Map<string, Ongoing>();
      let refused = false;

      const sumUp = (each: Ongoing): void => {
        const { event, count, told } = each;
        if (count === 0) return;
        each.count = 0;
        each.told = scheduler.now();
        subscriber.next({ ...event, count, seconds: Math.max(1, Math.round((each.told - told) / 1000)) });
      };
      const watch = (key: string, each: Ongoing): void => {
        each.timer = scheduler.schedule(() => {
          if (each.count === 0) ongoing.delete(key);
          else watch(key, each);
          sumUp(each);
        }, PERIOD);
      };
      const finish = (key: string, each: Ongoing): void => {
        each.timer?.unsubscribe();
        ongoing.delete(key);
        sumUp(each);
      };
      const connected = (node: unknown): void => {
        for (const [key, each] of ongoing) {
          if (each.event.node !== node || each.ending) continue;
          each.ending = true;
          each.timer?.unsubscribe();
          each.timer = scheduler.schedule(() => finish(key, each), LATE);
        }
      };

      const subscription = events$.subscribe({
        next: (event) => {
          if (event.event === 'generation refused') {
            if (refused) return;
            refused = true;
          }
          const { plain, times } = countedOf(event);
          const key = keyOf(plain);
          if (key === undefined) {
            if (event.status === 'connected') connected(event.node);
            return subscriber.next(event);
          }
          const known = ongoing.get(key);
          if (known !== undefined) {
            known.count += times;
            return;
          }
          const fresh: Ongoing = { event: plain, told: scheduler.now(), count: 0, ending: false };
          ongoing.set(key, fresh);
          watch(key, fresh);
          subscriber.next(plain);
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          for (const [key, each] of ongoing) finish(key, each);
          subscriber.complete();
        },
      });
      return () => {
        subscription.unsubscribe();
        for (const { timer } of ongoing.values()) timer?.unsubscribe();
      };
    });

/** What may go on; undefined for what happens once. */
const keyOf = ({ event, status, node, reason }: NodeEvent): string | undefined =>
  event === 'session evicted' || (event === 'transport' && (status === 'dropped' || status === 'refused'))
    ? JSON.stringify([event, status, node, reason])
    : undefined;

/** The transport sums up what comes within a second, and says the number in `count` or behind the reason. */
const countedOf = (event: NodeEvent): { readonly plain: NodeEvent; readonly times: number } => {
  if (typeof event.count === 'number') return { plain: event, times: event.count };
  const [suffix, times] = / \((\d+) times\)$/.exec(String(event.reason)) ?? [];
  return suffix === undefined
    ? { plain: event, times: 1 }
    : { plain: { ...event, reason: String(event.reason).slice(0, -suffix.length) }, times: Number(times) };
};
