import type { TraceEvent } from '../../../actor/effect.js';
import { sizeOfEntry } from '../../../replication/entry.js';
import type { Invariant, Observer, Report, Sample } from '../../../wiring/observer.js';
import type { ConsensusEvent } from '../../trace-events.js';
import type { MultiPaxosOptions } from '../options.js';
import { MOST_REQUESTS } from '../waiting.js';

/** What a leader holds at a time may grow beyond its options by what phase 1 makes it propose, and by no more. */
interface Found {
  slots: number;
  /** Over all its reigns in this life: what it may not forget is counted over all of them. */
  bytes: number;
  end: number;
}

/** Of entries that wait, only the payloads are counted against the window; the rest of one is smaller than this. */
const ENTRY_BYTES = 256;

/**
 * BoundedLog (docs/architecture.md §3: every queue is bounded): what a leader has proposed and not yet chosen is within its window, what
 * waits before that is bounded, and so is the log that cannot be truncated: beyond it, it takes no more. Looked at in samples.
 */
export const boundedLog = (options: MultiPaxosOptions): Invariant => ({
  name: 'BoundedLog',
  watch: (report) => new BoundedLog(options, report),
});

class BoundedLog implements Observer {
  readonly traces = ['lead', 'propose'];
  readonly #found = new Map<string, Found>();
  /** Of the log that cannot be truncated, without what phase 1 found. */
  readonly #mostBytes: number;

  constructor(
    private readonly options: MultiPaxosOptions,
    private readonly report: Report,
  ) {
    const { logBytes, window, commandBytes, batchBytes } = options;
    // Full is noticed when a request comes; those that wait by then are still proposed.
    this.#mostBytes = logBytes + window.bytes + commandBytes + batchBytes + MOST_REQUESTS * ENTRY_BYTES;
  }

  booted(node: string): void {
    this.#found.delete(node);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'lead') {
      const bytes = this.#found.get(node)?.bytes ?? 0;
      // The barrier, and a tick.
      this.#found.set(node, { slots: event.end - event.from + 2, bytes, end: event.end });
    } else if (event.event === 'propose') {
      const found = this.#found.get(node);
      if (found === undefined || event.first >= found.end) return;
      for (const entry of event.entries) found.bytes += sizeOfEntry(entry);
    }
  }

  sampled(node: string, { groups }: Sample): void {
    const { slots = 0, bytes = 0 } = this.#found.get(node) ?? {};
    for (const { open, waiting, unforgettableBytes } of Object.values(groups)) {
      this.#check(node, 'slots are proposed and not yet chosen', open, this.options.window.slots + slots);
      this.#check(node, 'requests wait', waiting, MOST_REQUESTS);
      this.#check(node, 'bytes of the log cannot be truncated', unforgettableBytes, this.#mostBytes + bytes);
    }
  }

  #check(node: string, what: string, found: unknown, most: number): void {
    if (typeof found === 'number' && found > most) this.report(`at ${node} ${found} ${what}; ${most} may be`);
  }
}
