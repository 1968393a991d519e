import type { FastOptions } from './options.js';

/** Decided slots by which it is judged whether too much collides. */
const SAMPLE = 32;
const LONGEST = 16;

/** Whether a coordinator should open its ballots to proposers, over all the ballots of its life. */
export class Openness {
  /** Until when it proposes alone. */
  #closedUntil = Number.NEGATIVE_INFINITY;
  #times = 1;
  #decided = 0;
  #collided = 0;

  constructor(private readonly options: Pick<FastOptions, 'collisions' | 'holdOff'>) {}

  mayOpen(now: number): boolean {
    return now >= this.#closedUntil;
  }

  /** A slot was decided, by a fast quorum or after a collision. True if too many collide. */
  decided(how: 'fast' | 'after a collision'): boolean {
    this.#decided++;
    if (how === 'after a collision') this.#collided++;
    if (this.#decided < SAMPLE) return false;
    const tooMany = this.#collided > this.options.collisions * this.#decided;
    this.#decided = 0;
    this.#collided = 0;
    if (!tooMany) this.#times = 1;
    return tooMany;
  }

  /** A ballot that was open is closed. */
  close(now: number): void {
    this.#closedUntil = now + this.options.holdOff * this.#times;
    this.#times = Math.min(2 * this.#times, LONGEST);
    this.#decided = 0;
    this.#collided = 0;
  }
}
