import type { TraceEvent } from '../../../actor/effect.js';
import { EntryType, sizeOfEntry } from '../../../replication/entry.js';
import type { Invariant, Observer, Report, Sample } from '../../../wiring/observer.js';
import type { ConsensusEvent, ProposeEvent } from '../../trace-events.js';
import type { MultiPaxosOptions } from '../options.js';
import { MOST_REQUESTS } from '../waiting.js';

/** What a leader holds may grow beyond its options by what it must propose however full it is, and by no more. */
interface Excepted {
  /** Of its last reign. */
  slots: number;
  /** All below was found by its last phase 1. */
  end: number;
  /** Of each slot, over all its reigns in this life: what may not be forgotten is counted over all of them. */
  readonly sizes: Map<number, number>;
  /** The sum of them. */
  bytes: number;
}

/** What an entry and a batch have beside the commands is smaller than this. */
const ENTRY_BYTES = 600;

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
  readonly #excepted = new Map<string, Excepted>();
  /** Of the log that cannot be truncated, without what is excepted. */
  readonly #mostBytes: number;

  constructor(
    private readonly options: MultiPaxosOptions,
    private readonly report: Report,
  ) {
    const { logBytes, window, commandBytes, batchBytes } = options;
    // Full is noticed when a request comes; those that wait by then are still proposed: a window of them, and the one that filled it.
    this.#mostBytes = logBytes + window.bytes + commandBytes + batchBytes + ENTRY_BYTES;
  }

  booted(node: string): void {
    this.#excepted.delete(node);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'lead') {
      const { sizes, bytes } = this.#excepted.get(node) ?? { sizes: new Map(), bytes: 0 };
      // The barrier, and a tick.
      this.#excepted.set(node, { slots: event.end - event.from + 2, end: event.end, sizes, bytes });
    } else if (event.event === 'propose') this.#except(node, event);
  }

  #except(node: string, { first, entries }: ProposeEvent): void {
    const excepted = this.#excepted.get(node);
    if (excepted === undefined) return;
    for (const [i, entry] of entries.entries()) {
      const slot = first + i;
      const isForClient = entry.type === EntryType.Batch || entry.type === EntryType.Open;
      const size = isForClient && slot >= excepted.end ? 0 : sizeOfEntry(entry);
      excepted.bytes += size - (excepted.sizes.get(slot) ?? 0);
      if (size > 0) excepted.sizes.set(slot, size);
      else excepted.sizes.delete(slot);
    }
  }

  sampled(node: string, { groups }: Sample): void {
    const { slots = 0, bytes = 0 } = this.#excepted.get(node) ?? {};
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
