import type { TraceEvent } from '../../actor/effect.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { type Ballot, formatBallot, sameBallot } from '../ballot.js';
import type { ConsensusEvent } from '../trace-events.js';

/**
 * BallotUnique (Lamport, The Part-Time Parliament, §2.1, B1; docs/protocols.md §1): a ballot is issued by one owner, in one life of
 * it. A ballot that an earlier life stood with, and that an acceptor heard of, is used up; one that a crash took back before
 * anybody heard may be taken again.
 */
export const ballotUnique: Invariant = { name: 'BallotUnique', watch: (report) => new BallotUnique(report) };

class BallotUnique implements Observer {
  readonly traces = ['stand', 'propose', 'promise', 'vote'];
  /** By node, the rounds of its own ballots that somebody heard of. */
  readonly #used = new Map<string, Set<number>>();
  /** By node, the ballot that its present life stood with last. */
  readonly #standing = new Map<string, Ballot>();

  constructor(private readonly report: Report) {}

  booted(node: string): void {
    this.#standing.delete(node);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    switch (event.event) {
      case 'stand':
        this.#stand(node, event.ballot);
        break;
      case 'propose': {
        const standing = this.#standing.get(node);
        if (standing === undefined || !sameBallot(standing, event.ballot))
          this.report(`${node} proposes at ballot ${formatBallot(event.ballot)}, which this life of it did not stand with`);
        break;
      }
      case 'promise':
      case 'vote':
        this.#usedBy(event.ballot.node).add(event.ballot.round);
        break;
    }
  }

  #stand(node: string, ballot: Ballot): void {
    if (ballot.node !== node) this.report(`${node} stands with ballot ${formatBallot(ballot)}, which it does not own`);
    if (this.#usedBy(node).has(ballot.round))
      this.report(`${node} stands with ballot ${formatBallot(ballot)}, of which acceptors have heard before`);
    this.#standing.set(node, ballot);
  }

  #usedBy(node: string): Set<number> {
    let used = this.#used.get(node);
    if (used === undefined) this.#used.set(node, (used = new Set()));
    return used;
  }
}
