import type { TransportStatus } from '@synod/core';

/** ms between two reports. */
const PERIOD = 1_000;

/** Counts what was thrown away, and tells it at most once a second per node and reason. */
export class Tally {
  readonly #dropped = new Map<string, Map<string, number>>();
  readonly #refused = new Map<string, number>();
  readonly #report: (status: TransportStatus) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(report: (status: TransportStatus) => void) {
    this.#report = report;
  }

  dropped(node: string, reason: string, count = 1): void {
    let reasons = this.#dropped.get(node);
    if (reasons === undefined) this.#dropped.set(node, (reasons = new Map()));
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    this.#wake();
  }

  refused(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    this.#wake();
  }

  /** Reports what is left, and counts no more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#flush();
    clearTimeout(this.#timer);
  }

  #wake(): void {
    this.#timer ??= setTimeout(() => this.#flush(), PERIOD).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    const dropped = [...this.#dropped];
    const refused = [...this.#refused];
    this.#dropped.clear();
    this.#refused.clear();
    for (const [node, reasons] of dropped) for (const [reason, count] of reasons) this.#report({ status: 'dropped', node, count, reason });
    for (const [reason, count] of refused) this.#report({ status: 'refused', reason: count === 1 ? reason : `${reason} (${count} times)` });
  }
}
