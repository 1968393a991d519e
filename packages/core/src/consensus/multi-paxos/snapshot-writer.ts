import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Replica } from '../../replication/replica.js';
import type { ConsensusEvent } from '../trace-events.js';
import type { MultiPaxosMessage } from './messages.js';

/** Keeps the state of this node in durable snapshots: a new one after so much of the log, one at a time. */
export class SnapshotWriter {
  /** Executed since the last snapshot was begun. */
  #slots = 0;
  #bytes = 0;
  #next: number;
  /** Everything below it is in the snapshot that is being written. */
  #writing: number | undefined;

  /** `every`: of the log, in slots or bytes, whichever comes first. */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly every: { readonly slots: number; readonly bytes: number },
    private readonly replica: Pick<Replica, 'next' | 'snapshot'>,
  ) {
    this.#next = replica.next;
  }

  /** Everything below it is in a durable snapshot. */
  get next(): number {
    return this.#next;
  }

  /** A slot was executed. */
  executed(bytes: number): void {
    this.#slots++;
    this.#bytes += bytes;
  }

  /** The state is another's: what is durable here does not lead up to it. */
  installed(): void {
    this.#bytes = Number.POSITIVE_INFINITY;
  }

  writeIfDue(): void {
    if (this.#writing !== undefined || (this.#slots < this.every.slots && this.#bytes < this.every.bytes)) return;
    this.#slots = 0;
    this.#bytes = 0;
    this.#writing = this.replica.next;
    this.effects.checkpoint(this.replica.snapshot(), { kind: 'checkpointed' });
    if (this.context.tracing) this.effects.trace({ event: 'snapshot', next: this.replica.next } satisfies ConsensusEvent);
  }

  /** The one that was being written is durable. */
  written(): void {
    this.#next = this.#writing ?? this.#next;
    this.#writing = undefined;
    if (this.context.tracing) this.effects.trace({ event: 'snapshotted', next: this.#next } satisfies ConsensusEvent);
  }
}
