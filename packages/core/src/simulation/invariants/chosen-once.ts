import type { TraceEvent } from '../../actor/effect.js';
import { type Entry, sizeOfEntry, writeEntry } from '../../replication/entry.js';
import { ByteWriter } from '../../transport/bytes.js';
import type { Invariant, Observer, Report } from '../observer.js';
import { digestBytes } from '../trace.js';

/**
 * Agreement, before the state machine (Lamport, Paxos Made Simple, §2.1: only a single value is chosen): whatever a leader
 * traced as chosen for a slot, and whatever a learner executed there, is one entry, no-ops and all, over all of history.
 */
export const chosenOnce: Invariant = { name: 'ChosenOnce', watch: (report) => new ChosenOnce(report) };

class ChosenOnce implements Observer {
  readonly #slots = new Map<number, { readonly digest: number; readonly by: string }>();

  constructor(private readonly report: Report) {}

  traced(node: string, event: TraceEvent): void {
    if (event.event === 'choose') {
      const { first, entries } = event as unknown as { readonly first: number; readonly entries: readonly Entry[] };
      for (const [i, entry] of entries.entries()) this.#see(node, first + i, entry, 'chose');
    } else if (event.event === 'apply') {
      const { slot, entry } = event as unknown as { readonly slot: number; readonly entry: Entry };
      this.#see(node, slot, entry, 'executed');
    }
  }

  #see(node: string, slot: number, entry: Entry, verb: string): void {
    const writer = new ByteWriter(sizeOfEntry(entry));
    writeEntry(entry, writer);
    const digest = digestBytes(writer.bytes);
    const known = this.#slots.get(slot);
    const by = `${node} ${verb} ${entry.type === 3 ? `batch ${entry.session}/${entry.seq}` : `type ${entry.type}`} of ${entry.time}`;
    if (known === undefined) this.#slots.set(slot, { digest, by });
    else if (known.digest !== digest) this.report(`slot ${slot}: ${known.by}, ${by}`);
  }
}
