/** Between two reports of a learner, ms. */
export const REPORT_EVERY = 2000;
/** A learner that has not reported for so long may be gone, ms. */
const SILENT = 2.5 * REPORT_EVERY;
/** Learners of which none comes on for so long, though there is more to execute, cannot, ms. */
const STUCK = 4 * REPORT_EVERY;

/**
 * What the learners say that they have executed: all that a leader without a learner of its own can go by. They say it of their
 * memory: a learner that starts again goes back to its last snapshot.
 */
export class ReportedProgress {
  readonly #reports = new Map<string, { readonly applied: number; readonly at: number }>();
  /** How far the furthest is, and since when it has been there and more was chosen. */
  #behind: { readonly applied: number; readonly since: number } | undefined;

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
    const lately = this.#lately(now);
    return lately.length > 0 && lately.every(({ applied, at }) => applied < slot && at > since);
  }

  /**
   * Whether no learner has come on since `since` at least, and for long, though everything below `commit` is chosen: none has the next slot,
   * and no acceptor can vouch for it. To be asked again and again.
   */
  areStuck(commit: number, since: number, now: number): boolean {
    const applied = Math.max(...this.#lately(now).map(({ applied }) => applied));
    if (applied < 0 || applied >= commit) this.#behind = undefined;
    else if (this.#behind?.applied !== applied) this.#behind = { applied, since: now };
    return this.#behind !== undefined && now - Math.max(since, this.#behind.since) > STUCK;
  }

  /** Of the learners that are there. */
  #lately(now: number): readonly { readonly applied: number; readonly at: number }[] {
    return [...this.#reports.values()].filter(({ at }) => now - at < SILENT);
  }
}
