import type { RecoveredRole } from '../actor/actor.js';
import type { Effects } from '../actor/effect.js';
import { ByteReader, ByteWriter } from '../transport/bytes.js';
import { type Checkpointed, SmallState } from './small-state.js';

/**
 * The highest round of which this node ever used a ballot, persisted before it does: a round is used once, whatever lives the node
 * has. (`docs/protocols.md` §1) This number is all that a leader must remember, and all that the actor persists: the records and
 * checkpoints of its role are these. An older copy of it that is put back is made up for by whoever keeps it, which asks acceptors what
 * they promised before the first ballot of a life (in Multi-Paxos, `Candidacy.answered`).
 */
export class RoundLog {
  #used = 0;
  #begun = false;
  readonly #kept: SmallState;

  /** `context.recovered` of the actor that keeps it. Throws `MalformedError` if somebody else wrote that. */
  constructor(
    private readonly effects: Effects<Checkpointed>,
    { checkpoint = [], records }: RecoveredRole,
  ) {
    this.#kept = new SmallState(effects, () => roundRecord(this.#used));
    for (const record of [...checkpoint, ...records]) {
      this.#begun = true;
      this.#used = Math.max(this.#used, new ByteReader(record).index());
    }
  }

  /** Whether anything is on record, from this life or an earlier one. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Puts on record that no round was used yet. */
  begin(): void {
    this.#begun = true;
    this.#persist();
  }

  /** Takes a round above `seen` that was never used. It is durable before whatever is sent from now on. */
  take(seen: number): number {
    this.#used = Math.max(this.#used, seen) + 1;
    this.#persist();
    return this.#used;
  }

  /** To be called at `checkpointed`. */
  checkpointed(): void {
    this.#kept.checkpointed();
  }

  #persist(): void {
    this.effects.persist(roundRecord(this.#used));
    this.#kept.persisted();
  }
}

const roundRecord = (round: number): Uint8Array => {
  const writer = new ByteWriter(8);
  writer.f64(round);
  return writer.bytes;
};
