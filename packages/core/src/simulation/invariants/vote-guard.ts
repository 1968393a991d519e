import type { TraceEvent } from '../../actor/effect.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { isBelow } from './ballots.js';

/**
 * VoteGuard and PromiseMonotone (Lamport, Paxos Made Simple, §2.2, P1a; protocols.md §11), within one life of an acceptor: it
 * never promises or votes below what it promised or voted. Across lives: `durableReply`.
 */
export const voteGuard: Invariant = { name: 'VoteGuard', watch: (report) => new VoteGuard(report) };

class VoteGuard implements Observer {
  readonly #highest = new Map<string, string>();

  constructor(private readonly report: Report) {}

  booted(node: string): void {
    this.#highest.delete(node);
  }

  traced(node: string, { event, ballot }: TraceEvent): void {
    if ((event !== 'promise' && event !== 'vote') || typeof ballot !== 'string') return;
    const highest = this.#highest.get(node);
    if (highest !== undefined && isBelow(ballot, highest)) this.report(`${node}: a ${event} at ballot ${ballot}, after one at ${highest}`);
    else this.#highest.set(node, ballot);
  }
}
