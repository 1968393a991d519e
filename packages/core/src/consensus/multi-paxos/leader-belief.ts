import { type Random, randomBelow } from '../../actor/random.js';
import type { Placement } from './placement.js';

/** Whom a proposer turns to: the leader that it believes in or, while it believes in none, one leader after the other. */
export class LeaderBelief {
  #leader: string | undefined;
  #turn: number;

  constructor(
    private readonly own: string,
    private readonly placement: Placement,
    random: Random,
  ) {
    this.#turn = 2 * randomBelow(random, placement.leaders.length);
  }

  /** The leader that it believes in, if any. */
  get believed(): string | undefined {
    return this.#leader;
  }

  /** Somebody says who leads; '' for nobody. True if a leader is named that was not believed in before. */
  told(leader: string): boolean {
    if (leader === (this.#leader ?? '')) return false;
    this.#leader = leader === '' ? undefined : leader;
    return this.#leader !== undefined;
  }

  /** The leader believed in does not answer: the next question goes to another, or to the one of this node, which may know more. */
  doubt(): void {
    this.#leader = undefined;
    this.#turn++;
  }

  /** The leader to ask. That of this node knows best; but it may be cut off, so every other time it is passed by. */
  get leader(): string {
    if (this.#leader !== undefined) return this.#leader;
    const { leaders } = this.placement;
    if (!leaders.includes(this.own)) return leaders[this.#turn % leaders.length] as string;
    return this.#turn % 2 === 0 ? this.own : (leaders[(this.#turn >> 1) % leaders.length] as string);
  }

  /** The learner to read from: of this node, or of the leader, which is the furthest. */
  get learner(): string {
    const { learners } = this.placement;
    if (learners.includes(this.own)) return this.own;
    if (this.#leader !== undefined && learners.includes(this.#leader)) return this.#leader;
    return learners[this.#turn % learners.length] as string;
  }

  /**
   * The learner that shall answer a request, where a leader's node may have none; another once all leaders had their turn: in step with
   * them, half of the pairs would never come about, perhaps all of those that are up.
   */
  get learnerToAnswer(): string {
    const { namesLearner, leaders, learners } = this.placement;
    if (!namesLearner) return '';
    if (learners.includes(this.own)) return this.own;
    const turns = leaders.includes(this.own) ? 2 * leaders.length : leaders.length;
    return learners[Math.floor(this.#turn / turns) % learners.length] as string;
  }
}
