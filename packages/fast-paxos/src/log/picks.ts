import { compareSteps, type Entry } from '@synod/core/consensus';
import type { Picks, Vote } from '@synod/core/multi-paxos';
import { type LastVote, pick } from '../pick.js';
import type { FastQuorumSystem } from '../quorums.js';
import { sameValue } from './value.js';

/** What a coordinator must propose after phase 1, where acceptors may have voted for different entries at one step. (Fast Paxos §2.2, "O4") */
export class FastPicks implements Picks {
  /** By slot, the last vote of each acceptor. */
  readonly #slots = new Map<number, Map<string, LastVote<Entry>>>();

  constructor(private readonly quorum: FastQuorumSystem) {}

  add(node: string, { slot, ballot: at, entry: value }: Vote): void {
    let votes = this.#slots.get(slot);
    if (votes === undefined) this.#slots.set(slot, (votes = new Map()));
    const before = votes.get(node);
    if (before === undefined || compareSteps(at, before.at) > 0) votes.set(node, { at, value });
  }

  made(told: ReadonlySet<string>): ReadonlyMap<number, Entry> {
    const picks = new Map<number, Entry>();
    for (const [slot, votes] of this.#slots) {
      // Exactly those whose whole answer is here: who is absent did not say that it had not voted.
      const answers = new Map<string, LastVote<Entry> | undefined>();
      for (const node of told) answers.set(node, votes.get(node));
      const { value } = pick(answers, this.quorum, sameValue);
      if (value !== undefined) picks.set(slot, value);
    }
    return picks;
  }
}
