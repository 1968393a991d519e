import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { MultiPaxosMessage } from './messages.js';
import type { VotedLog } from './voted-log.js';

/**
 * Hands what is decided from an acceptor's log to the learner of its node: in order, each slot once. A slot that the log cannot
 * vouch for stops it until the learner, which fetches it from others, has said how far it came.
 */
export class Handover {
  /** Everything below it was handed over; unknown until the learner has said where it stands. */
  #next: number | undefined;
  #pausing = false;

  constructor(
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly learner: Address,
    private readonly log: VotedLog,
  ) {}

  /** The learner has everything below `next`. */
  resume(next: number): void {
    if (this.#next === undefined || next > this.#next) this.#next = next;
    this.hand();
  }

  /** By timer: there was more than one piece. */
  resumeAfterPause(): void {
    this.#pausing = false;
    this.hand();
  }

  hand(): void {
    const { commit } = this.log;
    if (this.#next === undefined || this.#pausing || this.#next >= commit) return;
    const first = this.#next;
    const { entries, more } = this.log.decidedFrom(first);
    this.#next += entries.length;
    this.effects.send(this.learner, { kind: 'chosen', first, entries, commit });
    if (!more) return;
    // A long log is handed over with other work between: it must not hold up the node.
    this.#pausing = true;
    this.effects.startTimer('hand', 1, { kind: 'handTimer' });
  }
}
