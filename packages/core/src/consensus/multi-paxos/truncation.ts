/** Between two marks lies such a part of the most that the log may hold: what may be forgotten is measured no more finely. */
const STEPS = 1024;

/**
 * How much of the log may be forgotten: the slots that enough learners hold in durable snapshots, less a tail for learners that
 * are a little behind. It also measures what cannot be forgotten yet, so that a leader can refuse more.
 */
export class Truncation {
  readonly #snapshots = new Map<string, number>();
  /** Where the log had grown by another step, oldest first: slot and bytes proposed up to it. */
  #marks: { readonly slot: number; readonly bytes: number }[] = [];
  /** Above all that was proposed last. */
  #next = 0;
  #proposed = 0;
  #forgotten = 0;
  #below = 0;

  /**
   * `learners`: those of the voting nodes if they are a majority of them, else all. `needed`: how many of them must hold a slot.
   * `tail` in slots; `mostBytes`: at which the leader takes no more.
   */
  constructor(
    private readonly learners: readonly string[],
    private readonly needed: number,
    private readonly tail: number,
    private readonly mostBytes: number,
  ) {}

  /** All below it may be forgotten. */
  get below(): number {
    return this.#below;
  }

  /** Bytes proposed by this leader that may not be forgotten yet. */
  get bytes(): number {
    return this.#proposed - this.#forgotten;
  }

  proposed(slot: number, bytes: number): void {
    if (slot < this.#next) this.#beginAgainAt(slot);
    this.#next = slot + 1;
    if (slot < this.#below) return;
    this.#proposed += bytes;
    if (this.#proposed - (this.#marks.at(-1)?.bytes ?? 0) >= this.mostBytes / STEPS) this.#marks.push({ slot, bytes: this.#proposed });
  }

  /** Who leads once more proposes again from `slot` on: no slot is counted twice, or what learners hold would not make up for it. */
  #beginAgainAt(slot: number): void {
    while ((this.#marks.at(-1)?.slot ?? -1) >= slot) this.#marks.pop();
    this.#proposed = this.#marks.at(-1)?.bytes ?? this.#forgotten;
  }

  /** A learner holds everything below `next` in a durable snapshot. */
  snapshotted(node: string, next: number): void {
    if (!this.learners.includes(node) || next <= (this.#snapshots.get(node) ?? 0)) return;
    this.#snapshots.set(node, next);
    const held = [...this.#snapshots.values()].sort((a, b) => b - a);
    const common = held[this.needed - 1];
    if (common === undefined) return;
    // A tail of large commands must not fill the log: then nothing would ever be proposed again, and nothing forgotten.
    this.#below = Math.max(this.#below, this.bytes > this.mostBytes / 2 ? common : common - this.tail);
    while (this.#marks.length > 0 && (this.#marks[0] as { slot: number }).slot < this.#below)
      this.#forgotten = (this.#marks.shift() as { bytes: number }).bytes;
  }
}
