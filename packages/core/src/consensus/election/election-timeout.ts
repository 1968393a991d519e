import { type Random, randomBelow } from '../../actor/random.js';

/**
 * How long a leader may be silent before another stands for election. Nobody knows the delays of the network, so the time is
 * learned: multiplied when an election was lost to another (it was too short), decreased a little in each period in which
 * something was chosen. (Paxos Made Moderately Complex §3; `docs/protocols.md` §4.4)
 */
export class ElectionTimeout {
  #time: number;

  /** `least` and `most` in ms. */
  constructor(
    private readonly least: number,
    private readonly most: number,
    private readonly random: Random,
  ) {
    this.#time = least;
  }

  /** ms, without jitter. */
  get time(): number {
    return this.#time;
  }

  /** The time with up to a third added by chance, so that candidates seldom stand at once. */
  jittered(): number {
    return this.#time + randomBelow(this.random, Math.ceil(this.#time / 3));
  }

  preempted(): void {
    this.#time = Math.min(this.#time * 1.5, this.most);
  }

  /** A period went by in which something was chosen. */
  progressed(): void {
    this.#time = Math.max(this.#time - this.least / 20, this.least);
  }
}
