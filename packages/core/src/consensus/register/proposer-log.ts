import type { RecoveredRole } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { ByteReader, ByteWriter } from '../../transport/bytes.js';
import { type Checkpointed, SmallState } from '../small-state.js';
import { readText, sizeOfText, writeText } from './text.js';

/** Rounds that are put on record at once: a change then waits for no record of its own. */
const BLOCK = 4096;

/**
 * What a proposer must never forget: which rounds it may have used, how often it was made to forget, and which keys it has still to
 * delete. A round is used once, whatever lives the node has. (`docs/protocols.md` §1) Each record holds all of it.
 */
export class ProposerLog {
  #used = 0;
  /** On record: no round above it was used. */
  #ceiling = 0;
  #age = 0;
  readonly #deleting = new Set<string>();
  readonly #kept: SmallState;

  constructor(
    private readonly effects: Effects<Checkpointed>,
    { checkpoint = [], records }: RecoveredRole,
  ) {
    this.#kept = new SmallState(effects, () => this.#record());
    for (const record of [...checkpoint, ...records]) this.#read(new ByteReader(record));
    this.#used = this.#ceiling;
  }

  get age(): number {
    return this.#age;
  }

  /** Keys whose tombstones it has to clear away. */
  get deleting(): ReadonlySet<string> {
    return this.#deleting;
  }

  /** Takes a round that was never used; what is on record is durable before whatever is sent from now on. */
  take(): number {
    this.#used++;
    if (this.#used > this.#ceiling) this.#persist(() => (this.#ceiling = this.#used + BLOCK));
    return this.#used;
  }

  /** Others have used this round: it takes only higher ones. */
  seen(round: number): void {
    this.#used = Math.max(this.#used, round);
  }

  /** Puts on record that it uses only rounds above this one, and is of another age. */
  growOlder(round: number, age = this.#age + 1): void {
    this.seen(round);
    this.#persist(() => {
      this.#ceiling = Math.max(this.#ceiling, this.#used);
      this.#age = Math.max(this.#age, age);
    });
  }

  toDelete(key: string): void {
    if (!this.#deleting.has(key)) this.#persist(() => this.#deleting.add(key));
  }

  deleted(key: string): void {
    if (this.#deleting.has(key)) this.#persist(() => this.#deleting.delete(key));
  }

  checkpointed(): void {
    this.#kept.checkpointed();
  }

  #persist(change: () => void): void {
    change();
    this.effects.persist(this.#record());
    this.#kept.persisted();
  }

  #record(): Uint8Array {
    let size = 8 + 8 + 4;
    for (const key of this.#deleting) size += sizeOfText(key);
    const writer = new ByteWriter(size);
    writer.f64(this.#ceiling);
    writer.f64(this.#age);
    writer.u32(this.#deleting.size);
    for (const key of this.#deleting) writeText(key, writer);
    return writer.bytes;
  }

  #read(reader: ByteReader): void {
    this.#ceiling = Math.max(this.#ceiling, reader.index());
    this.#age = Math.max(this.#age, reader.index());
    this.#deleting.clear();
    for (let left = reader.count(4); left > 0; left--) this.#deleting.add(readText(reader));
  }
}
