import { compareSteps, type Step, sameBytes, sameStep } from '@synod/core/consensus';
import { votesByValue } from '../pick.js';
import type { FastQuorumSystem } from '../quorums.js';

/** Of so many steps votes are counted; without a bound, a long duel would fill the memory. */
const MOST_STEPS = 64;

interface Count {
  readonly at: Step;
  readonly votes: Map<string, Uint8Array>;
}

/**
 * The votes that a learner heard of, by step. A value is chosen once enough have voted for it at one step: a fast quorum at a fast one, a
 * phase-2 quorum at a classic one; the same value at two steps proves nothing. (Lamport, Fast Paxos §2.2; `docs/protocols.md` §6, rule 4)
 */
export class Votes {
  /** Highest step first. */
  #counts: Count[] = [];

  constructor(private readonly quorum: FastQuorumSystem) {}

  /** The value, if this vote shows that it is chosen. */
  add(node: string, at: Step, value: Uint8Array): Uint8Array | undefined {
    let count = this.#counts.find((one) => sameStep(one.at, at));
    if (count === undefined) {
      count = { at, votes: new Map() };
      this.#counts = [...this.#counts, count].sort((a, b) => compareSteps(b.at, a.at)).slice(0, MOST_STEPS);
    }
    const { votes } = count;
    // A copy: what it was sent is a view of a frame.
    if (!votes.has(node)) votes.set(node, value.slice());
    return votesByValue(votes, sameBytes).find(({ voters }) => this.quorum.isPhase2(voters, at.step))?.value;
  }
}
