/** Between two reports of a learner, ms. */
export const REPORT_EVERY = 2000;
/** A learner that has not reported for so long may be gone, ms. */
const SILENT = 2.5 * REPORT_EVERY;

/**
 * What the learners say that they have executed: all that a leader without a learner of its own can go by. They say it of their
 * memory: a learner that starts again goes back to its last snapshot.
 */
export class ReportedProgress {
  readonly #reports = new Map<string, { readonly applied: number; readonly at: number }>();

  constructor(private readonly learners: readonly string[]) {}

  /** A learner has executed everything below `applied`. */
  reported(node: string, applied: number, at: number): void {
    this.#reports.set(node, { applied, at });
  }

  /** Everything below it every learner has executed, as each said last. */
  get executedByAll(): number {
    return Math.min(...this.learners.map((node) => this.#reports.get(node)?.applied ?? 0));
  }

  /**
   * Whether of the learners that reported lately, all of them after `since`, none has executed everything below `slot`: then nobody
   * can be asked for that, though every learner once had it.
   */
  isLost(slot: number, since: number, now: number): boolean {
    const lately = [...this.#reports.values()].filter(({ at }) => now - at < SILENT);
    return lately.length > 0 && lately.every(({ applied, at }) => applied < slot && at > since);
  }
}
