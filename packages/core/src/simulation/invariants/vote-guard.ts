import type { TraceEvent } from '../../actor/effect.js';
import { type Ballot, compareBallots, formatBallot } from '../../consensus/ballot.js';
import type { ConsensusEvent } from '../../consensus/trace-events.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';

/**
 * VoteGuard and PromiseMonotone (Lamport, Paxos Made Simple, §2.2, P1a; protocols.md §11), within one life of an acceptor: it
 * never promises or votes below what it promised or voted. Across lives: `durableReply`.
 */
export const voteGuard: Invariant = { name: 'VoteGuard', watch: (report) => new VoteGuard(report) };

class VoteGuard implements Observer {
  readonly #highest = new Map<string, Ballot>();

  constructor(private readonly report: Report) {}

  booted(node: string): void {
    this.#highest.delete(node);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event !== 'promise' && event.event !== 'vote') return;
    const { ballot } = event;
    const highest = this.#highest.get(node);
    if (highest !== undefined && compareBallots(ballot, highest) < 0)
      this.report(`${node}: a ${event.event} at ballot ${formatBallot(ballot)}, after one at ${formatBallot(highest)}`);
    else this.#highest.set(node, ballot);
  }
}
