import type { VirtualScheduler } from './virtual-scheduler.js';

/** A clock as fast as true time: so many of its ticks while 1000 true ones pass. */
export const TRUE_RATE = 1000;

/** The clock of a machine, by which its processes measure time. It may run too fast or too slow, never backwards. */
export class MachineClock {
  #rate = TRUE_RATE;
  /** What it showed when the rate was last changed, in parts of a µs of which there are `TRUE_RATE`; and when that was, µs. */
  #base = 0;
  #since = 0;

  constructor(private readonly scheduler: VirtualScheduler) {}

  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    this.#base = this.#parts;
    this.#since = this.scheduler.micros;
    this.#rate = rate;
  }

  /** µs since the simulation began, as this machine counts them. */
  get micros(): number {
    return Math.floor(this.#parts / TRUE_RATE);
  }

  get #parts(): number {
    return this.#base + (this.scheduler.micros - this.#since) * this.#rate;
  }

  /** How long this clock takes for `micros` of its own, in true µs: not less, so that no timer comes early. */
  trueMicros(micros: number): number {
    return this.#rate === TRUE_RATE ? micros : Math.ceil((micros * TRUE_RATE) / this.#rate);
  }
}
