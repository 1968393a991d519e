import { type Ballot, compareBallots, sameBallot } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';

/** Of so many ballots votes are counted; without a bound, a long duel would fill the memory. */
const MOST_BALLOTS = 64;

interface Count {
  readonly ballot: Ballot;
  readonly value: Uint8Array;
  readonly voters: Set<string>;
}

/**
 * The votes that a learner heard of, by ballot. A value is chosen once a phase-2 quorum has voted for it at one ballot, at whatever
 * times; the same value at two ballots proves nothing. (Paxos Made Simple §2.3; `docs/protocols.md` §2, rules 7 and 8, S2.3)
 */
export class Votes {
  /** Highest ballot first. */
  #counts: Count[] = [];

  constructor(private readonly quorum: QuorumSystem) {}

  /** The value, if this vote shows that it is chosen. */
  add(node: string, ballot: Ballot, value: Uint8Array): Uint8Array | undefined {
    let count = this.#counts.find((one) => sameBallot(one.ballot, ballot));
    if (count === undefined) {
      count = { ballot, value, voters: new Set() };
      this.#counts = [...this.#counts, count].sort((a, b) => compareBallots(b.ballot, a.ballot)).slice(0, MOST_BALLOTS);
    }
    count.voters.add(node);
    return this.quorum.isPhase2(count.voters) ? count.value : undefined;
  }
}
