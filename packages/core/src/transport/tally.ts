import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { TransportStatus } from './transport.js';

/** ms between two reports. */
const PERIOD = 1_000;

/** For transports: counts what was thrown away, and tells it at most once a second per node and reason. */
export class Tally {
  readonly #dropped = new Map<string, Map<string, number>>();
  readonly #refused = new Map<string, number>();
  readonly #report: (status: TransportStatus) => void;
  readonly #scheduler: SchedulerLike;
  #timer: Subscription | undefined;
  #closed = false;

  constructor(report: (status: TransportStatus) => void, scheduler: SchedulerLike = asyncScheduler) {
    this.#report = report;
    this.#scheduler = scheduler;
  }

  /** Frames for `node` that will not arrive. */
  dropped(node: string, reason: string, count = 1): void {
    let reasons = this.#dropped.get(node);
    if (reasons === undefined) this.#dropped.set(node, (reasons = new Map()));
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    this.#wake();
  }

  /** Something came in that is not ours. */
  refused(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    this.#wake();
  }

  /** Reports what is left, and no more. */
  close(): void {
    this.#flush();
    this.#closed = true;
  }

  #wake(): void {
    if (!this.#closed) this.#timer ??= this.#scheduler.schedule(() => this.#flush(), PERIOD);
  }

  #flush(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    const dropped = [...this.#dropped];
    const refused = [...this.#refused];
    this.#dropped.clear();
    this.#refused.clear();
    for (const [node, reasons] of dropped) for (const [reason, count] of reasons) this.#report({ status: 'dropped', node, count, reason });
    for (const [reason, count] of refused) this.#report({ status: 'refused', reason: count === 1 ? reason : `${reason} (${count} times)` });
  }
}
