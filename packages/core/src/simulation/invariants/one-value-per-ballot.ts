import type { TraceEvent } from '../../actor/effect.js';
import { formatBallot } from '../../consensus/ballot.js';
import type { ConsensusEvent } from '../../consensus/trace-events.js';
import type { Entry } from '../../replication/entry.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { describeEntry, digestEntry } from './entries.js';

/**
 * OneValuePerBallot (Lamport, Paxos Made Simple, §2.2; protocols.md §11): a ballot proposes at most one value for a slot, over all
 * of history, and what acceptors vote for at that ballot is that value (OneVote).
 */
export const oneValuePerBallot: Invariant = { name: 'OneValuePerBallot', watch: (report) => new OneValuePerBallot(report) };

class OneValuePerBallot implements Observer {
  readonly #ballots = new Map<string, Map<number, { readonly digest: number; readonly node: string; readonly entry: Entry }>>();

  constructor(private readonly report: Report) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event !== 'propose' && event.event !== 'vote') return;
    const { first, entries } = event;
    const ballot = formatBallot(event.ballot);
    let slots = this.#ballots.get(ballot);
    if (slots === undefined) this.#ballots.set(ballot, (slots = new Map()));
    for (const [i, entry] of entries.entries()) {
      const slot = first + i;
      const digest = digestEntry(entry);
      const known = slots.get(slot);
      if (known === undefined) slots.set(slot, { digest, node, entry });
      else if (known.digest !== digest)
        this.report(`ballot ${ballot}, slot ${slot}: ${known.node} has ${describeEntry(known.entry)}, ${node} ${describeEntry(entry)}`);
    }
  }
}
