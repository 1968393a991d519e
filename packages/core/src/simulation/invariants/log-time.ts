import type { Applied, Invariant, Observer, Report } from '../../wiring/observer.js';

/**
 * LogTime (docs/architecture.md §7): the time at which the state machine is told that a command happens never falls, whoever leads
 * and whatever their clocks say; not within a life, nor over a snapshot.
 */
export const logTime: Invariant = { name: 'LogTime', watch: (report) => new LogTime(report) };

class LogTime implements Observer {
  /** By place in the state, the time of the command there, as whoever came first had it. */
  readonly #times: number[] = [];

  constructor(private readonly report: Report) {}

  applied({ node, op, position, time }: Applied): void {
    const before = this.#times[position - 1];
    if (before !== undefined && time < before)
      this.report(`${node} executed ${op} at log time ${time}, after command ${position - 1} at ${before}`);
    this.#times[position] ??= time;
  }
}
