import type { VirtualScheduler } from './virtual-scheduler.js';

/** A clock as fast as true time: so many of its ticks while 1000 true ones pass. */
export const TRUE_RATE = 1000;

/** The clock of a machine, by which its processes measure time. It may run too fast or too slow, never backwards. */
export class MachineClock {
  #rate = TRUE_RATE;
  /** What it showed, µs, when the rate was last changed, and when that was. */
  #base = 0;
  #since = 0;

  constructor(private readonly scheduler: VirtualScheduler) {}

  get rate(): number {
    return this.#rate;
  }

  /** µs since the simulation began, as this machine counts them. */
  get micros(): number {
    const passed = this.scheduler.micros - this.#since;
    return this.#base + (this.#rate === TRUE_RATE ? passed : Math.floor((passed * this.#rate) / TRUE_RATE));
  }

  set rate(rate: number) {
    this.#base = this.micros;
    this.#since = this.scheduler.micros;
    this.#rate = rate;
  }

  /** How long this clock takes for `micros` of its own, in true µs: not less, so that no timer comes early. */
  trueMicros(micros: number): number {
    return this.#rate === TRUE_RATE ? micros : Math.ceil((micros * TRUE_RATE) / this.#rate);
  }
}
