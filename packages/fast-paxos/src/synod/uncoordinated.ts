import { type Ballot, compareBallots, NO_BALLOT, type Step, sameBallot, sameBytes } from '@synod/core/consensus';
import { pickAt } from '../pick.js';
import type { FastQuorumSystem } from '../quorums.js';
import { FastTally } from '../tally.js';

/** What an acceptor may vote for, and where. */
export interface NextVote {
  readonly at: Step;
  readonly value: Uint8Array;
}

/**
 * What an acceptor knows of collisions that it may recover from by itself: the votes at the fast steps of the highest ballot it has heard
 * of. A vote at one step is as good as a promise of the next, since nothing lies between: so of those who voted, a phase-1 quorum is enough
 * to pick by. Others may have heard of others and pick differently, and none of them is wrong: after a collision any value is safe at the
 * next step, and only then may one be called free that finds few votes there. (Lamport, Fast Paxos §3.2, "uncoordinated recovery")
 */
export class Uncoordinated {
  #ballot: Ballot = NO_BALLOT;
  readonly #steps = new Map<number, FastTally<Uint8Array>>();

  constructor(private readonly quorum: FastQuorumSystem) {}

  /** A vote at a step that another fast one follows. */
  add(node: string, at: Step, value: Uint8Array): void {
    const order = compareBallots(at, this.#ballot);
    if (order < 0) return;
    if (order > 0) {
      this.#ballot = { round: at.round, node: at.node };
      this.#steps.clear();
    }
    const step = at.step ?? 0;
    let tally = this.#steps.get(step);
    if (tally === undefined) this.#steps.set(step, (tally = new FastTally(this.quorum, sameBytes)));
    tally.add(node, value.slice());
  }

  /** No more votes are to come at the last step that was heard of. */
  get heardAll(): boolean {
    return this.#last?.tally.votes.size === this.quorum.members.length;
  }

  /** Undefined while the last step may still choose something, or too few were heard. */
  get next(): NextVote | undefined {
    const last = this.#last;
    if (last === undefined || !last.tally.collided) return undefined;
    const { votes } = last.tally;
    const told = new Set(votes.keys());
    if (!this.quorum.isPhase1(told)) return undefined;
    const { value } = pickAt({ ...this.#ballot, step: last.step }, votes, told, this.quorum, sameBytes);
    return value && { at: { ...this.#ballot, step: last.step + 1 }, value };
  }

  get #last(): { readonly step: number; readonly tally: FastTally<Uint8Array> } | undefined {
    if (sameBallot(this.#ballot, NO_BALLOT)) return undefined;
    const step = Math.max(...this.#steps.keys());
    return { step, tally: this.#steps.get(step) as FastTally<Uint8Array> };
  }
}
