import type { Step } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';

/** Bits of a number, one an acceptor. */
const MOST_ACCEPTORS = 31;

/** Sets of acceptors as bits of a number: made, joined and compared at no cost, and asked only once whether they are a quorum. */
export class AcceptorSets {
  readonly #bits = new Map<string, number>();
  /** By step, and then by set. */
  readonly #phase2 = new Map<number, Map<number, boolean>>();

  constructor(readonly quorum: QuorumSystem) {
    const { members } = quorum;
    if (members.length > MOST_ACCEPTORS)
      throw new RangeError(`${members.length} acceptors; checkers of votes take up to ${MOST_ACCEPTORS}`);
    for (const [i, node] of members.entries()) this.#bits.set(node, 1 << i);
  }

  /** The set of this acceptor alone; the empty one for who is none. */
  only(node: string): number {
    return this.#bits.get(node) ?? 0;
  }

  /** Whether it chooses, if all of it votes for one value there. */
  isPhase2(set: number, { step = 0 }: Step): boolean {
    let known = this.#phase2.get(step);
    if (known === undefined) this.#phase2.set(step, (known = new Map()));
    let is = known.get(set);
    if (is === undefined) known.set(set, (is = this.quorum.isPhase2(new Set(this.members(set)), step)));
    return is;
  }

  members(set: number): readonly string[] {
    return this.quorum.members.filter((node) => (set & this.only(node)) !== 0);
  }
}
