/**
 * Log time: what a leader stamps on what it proposes. Never below what was stamped before; it follows the wall clock, but
 * within one reign never runs ahead of the leader's monotonic clock by more than an eighth, so a wall clock that leaps does not
 * make everything expire at once.
 */
export class LogClock {
  #time: number;
  #at: number;

  /** `last`: the latest log time known. `now`: monotonic ms. A new reign starts at the wall clock: nobody knows how long the last pause was. */
  constructor(last: number, wall: number, now: number) {
    this.#time = Math.max(last, wall);
    this.#at = now;
  }

  stamp(wall: number, now: number): number {
    const elapsed = Math.max(0, now - this.#at);
    // Behind, it waits for nobody: a clock that was set back must not stop time for an hour.
    this.#time = wall > this.#time ? Math.min(wall, this.#time + elapsed * 1.125) : this.#time + elapsed * 0.875;
    this.#at = now;
    return Math.floor(this.#time);
  }
}
