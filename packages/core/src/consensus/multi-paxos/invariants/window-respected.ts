import type { TraceEvent } from '../../../actor/effect.js';
import { EntryType } from '../../../replication/entry.js';
import type { Invariant, Observer, Report } from '../../../wiring/observer.js';
import type { ConsensusEvent } from '../../trace-events.js';

/**
 * WindowRespected (van Renesse and Altinbuken, Paxos Made Moderately Complex, §2.1, WINDOW; docs/protocols.md §11): whatever a leader
 * proposes for a client is less than `slots` above what it knows to be chosen without a gap. What phase 1 found is excepted: it
 * was proposed within the windows of earlier leaders, and must be proposed again wherever it stands. So are no-ops, which only
 * close what phase 1 found, and ticks, of which one at a time is under way, and which must not wait behind full windows.
 */
export const windowRespected = (slots: number): Invariant => ({
  name: 'WindowRespected',
  watch: (report) => new WindowRespected(slots, report),
});

class WindowRespected implements Observer {
  readonly traces = ['lead', 'propose'];
  /** By leader, all below was found by its phase 1. */
  readonly #found = new Map<string, number>();

  constructor(
    private readonly slots: number,
    private readonly report: Report,
  ) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'lead') this.#found.set(node, event.end);
    if (event.event !== 'propose') return;
    const { first, entries, commit } = event;
    const found = this.#found.get(node) ?? 0;
    if (first + entries.length <= Math.max(found, commit + this.slots)) return;
    for (const [i, { type }] of entries.entries()) {
      const slot = first + i;
      if (slot >= found && slot >= commit + this.slots && (type === EntryType.Batch || type === EntryType.Open))
        return this.report(
          `${node} proposes in slot ${slot} for a client, but knows only what is below ${commit} to be chosen: the window is ${this.slots} slots`,
        );
    }
  }
}
