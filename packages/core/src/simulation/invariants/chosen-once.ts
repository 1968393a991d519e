import type { TraceEvent } from '../../actor/effect.js';
import type { ConsensusEvent } from '../../consensus/trace-events.js';
import type { Entry } from '../../replication/entry.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { describeEntry, digestEntry } from './entries.js';

/**
 * Agreement, before the state machine (Lamport, Paxos Made Simple, §2.1: only a single value is chosen): whatever a leader
 * traced as chosen for a slot, and whatever a learner executed there, is one entry, no-ops and all, over all of history.
 */
export const chosenOnce: Invariant = { name: 'ChosenOnce', watch: (report) => new ChosenOnce(report) };

interface Seen {
  readonly digest: number;
  readonly node: string;
  readonly verb: string;
  readonly entry: Entry;
}

class ChosenOnce implements Observer {
  readonly #slots = new Map<number, Seen>();

  constructor(private readonly report: Report) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'choose') {
      const { first, entries } = event;
      for (const [i, entry] of entries.entries()) this.#see(first + i, { digest: digestEntry(entry), node, verb: 'chose', entry });
    } else if (event.event === 'apply') {
      const { slot, entry } = event;
      this.#see(slot, { digest: digestEntry(entry), node, verb: 'executed', entry });
    }
  }

  #see(slot: number, seen: Seen): void {
    const known = this.#slots.get(slot);
    if (known === undefined) this.#slots.set(slot, seen);
    else if (known.digest !== seen.digest) this.report(`slot ${slot}: ${say(known)}, ${say(seen)}`);
  }
}

const say = ({ node, verb, entry }: Seen): string => `${node} ${verb} ${describeEntry(entry)}`;
