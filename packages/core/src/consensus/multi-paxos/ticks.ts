import type { Effects } from '../../actor/effect.js';
import type { MultiPaxosMessage } from './messages.js';

/** ms, at most, until the clock is asked again whether a deadline has come. */
const LONGEST = 60_000;

/**
 * When to log a tick: log time reaches a deadline of the state machine only by being written to the log, and a tick does that
 * where nobody submits anything.
 */
export class Ticks {
  #deadline: number | undefined;
  /** A tick for this deadline is proposed already. */
  #proposed = false;

  /** `stamp`: the log time now. */
  constructor(
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly stamp: () => number,
  ) {}

  /** The state machine wants a tick at this log time; undefined for none. */
  want(deadline: number | undefined): void {
    if (deadline === this.#deadline) return;
    this.#deadline = deadline;
    this.#proposed = false;
    if (deadline === undefined) this.effects.stopTimer('tick');
    else this.#wait(deadline - this.stamp());
  }

  /** By timer: the time of the tick that is to be proposed now, if its deadline has come. */
  due(): number | undefined {
    if (this.#deadline === undefined || this.#proposed) return undefined;
    const time = this.stamp();
    this.#proposed = time >= this.#deadline;
    if (this.#proposed) return time;
    this.#wait(this.#deadline - time);
    return undefined;
  }

  #wait(ms: number): void {
    this.effects.startTimer('tick', Math.min(Math.max(1, ms), LONGEST), { kind: 'tickTimer' });
  }
}
