import type { TraceEvent } from '../../actor/effect.js';
import type { Invariant, Observer, Report } from '../observer.js';

/**
 * VoteGuard and PromiseMonotone (Lamport, Paxos Made Simple, §2.2, P1a; protocols.md §11), within one life of an acceptor: it
 * never promises or votes below what it promised or voted. A new life begins with what was durable, which is not told here.
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

/** Ballots as they are written: round, point, node. */
const isBelow = (a: string, b: string): boolean => {
  const [roundA, roundB] = [Number.parseInt(a, 10), Number.parseInt(b, 10)];
  return roundA === roundB ? a.slice(a.indexOf('.')) < b.slice(b.indexOf('.')) : roundA < roundB;
};
