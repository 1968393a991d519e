import { compareSteps, NO_BALLOT, type Step } from '@synod/core/consensus';
import type { FastQuorumSystem } from '../quorums.js';

/** The last vote that each acceptor told of, undefined where it had none. Values by their digests. */
export type Told = ReadonlyMap<string, { readonly at: Step; readonly value: number } | undefined>;

/** What may be proposed after having been told of votes, with quorums gone through one by one. (Lamport, Fast Paxos, §2.2, O4) */
export class Allowed {
  readonly #sets: readonly ReadonlySet<string>[];

  constructor(private readonly quorum: FastQuorumSystem) {
    const { members } = quorum;
    this.#sets = Array.from({ length: 1 << members.length }, (_, set) => new Set(members.filter((_, i) => (set & (1 << i)) !== 0)));
  }

  /** A phase-1 quorum told of votes, and no other value than this may be chosen at the highest step among them. */
  allows(told: Told, value: number): boolean {
    if (!this.quorum.isPhase1(new Set(told.keys()))) return false;
    let highest: Step = NO_BALLOT;
    for (const vote of told.values()) if (vote !== undefined && compareSteps(vote.at, highest) > 0) highest = vote.at;
    if (highest === NO_BALLOT) return true;
    const votes = new Map<string, number>();
    for (const [node, vote] of told) if (vote !== undefined && compareSteps(vote.at, highest) === 0) votes.set(node, vote.value);
    return [...new Set(votes.values())].every((other) => other === value || !this.#mayBeChosen(other, votes, told, highest));
  }

  /** Some quorum of that step has nobody who told and did not vote for it. */
  #mayBeChosen(value: number, votes: ReadonlyMap<string, number>, told: Told, { step }: Step): boolean {
    return this.#sets.some(
      (set) => this.quorum.isPhase2(set, step) && [...set].every((node) => !told.has(node) || votes.get(node) === value),
    );
  }
}
