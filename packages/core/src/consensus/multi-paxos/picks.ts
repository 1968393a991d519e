import type { Entry } from '../../replication/entry.js';
import { compareSteps, NO_BALLOT, type Step } from '../ballot.js';
import type { Vote } from './messages.js';

/** The votes that phase 1 is told of, and what a leader must propose after them. */
export interface Picks {
  /** One told by `node`; perhaps again. */
  add(node: string, vote: Vote): void;
  /**
   * For each slot that anyone of `told`, a phase-1 quorum whose votes were all added, has voted in: what to propose there. Where
   * something is chosen, or may be yet, it is that. Slots that are not in it are free.
   */
  made(told: ReadonlySet<string>): ReadonlyMap<number, Entry>;
}

/**
 * The vote of the highest ballot. The quorum that chose something meets the phase-1 quorum, and no higher ballot can have proposed
 * anything else. (Paxos Made Simple §2.2, P2c) Votes of whoever has not answered in whole may be among them: they do no harm.
 */
export class HighestVotes implements Picks {
  readonly #best = new Map<number, { at: Step; entry: Entry }>();

  add(_node: string, { slot, ballot: at, entry }: Vote): void {
    if (compareSteps(at, this.#best.get(slot)?.at ?? NO_BALLOT) > 0) this.#best.set(slot, { at, entry });
  }

  made(): ReadonlyMap<number, Entry> {
    const picks = new Map<number, Entry>();
    for (const [slot, { entry }] of this.#best) picks.set(slot, entry);
    return picks;
  }
}
