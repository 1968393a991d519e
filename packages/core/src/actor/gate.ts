import { defer, from, type ObservableInput } from 'rxjs';
import { errorFrom, StorageError } from '../errors.js';
import type { Address } from './address.js';
import type { Envelope, Message } from './envelope.js';

/** A record on its way to the node's log. */
export interface JournalRecord {
  /** Names the actor, as `group/role`. */
  readonly role: string;
  readonly bytes: Uint8Array;
}

/** What the gate asks of a storage. */
export interface Journal {
  append(records: readonly JournalRecord[]): ObservableInput<unknown>;
  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): ObservableInput<unknown>;
}

/** What one actor has under way at the gate. */
export class Persistence {
  /** The batch that holds the actor's newest record; what it sends waits for that. */
  batch: Batch | undefined;
  /** The position after that record: a checkpoint covers what is below it, and no gathering record of another actor. */
  end = 0;
  checkpointing = false;

  constructor(readonly role: string) {}
}

interface Checkpoint {
  readonly owner: Persistence;
  readonly self: Address;
  readonly covers: number;
  readonly state: Iterable<Uint8Array>;
  readonly then: Message;
}

class Batch {
  readonly records: JournalRecord[] = [];
  readonly sends: Envelope[] = [];
  readonly checkpoints: Checkpoint[] = [];
  /** The position after its last record. */
  end = 0;
  durable = false;
}

/**
 * The write-ahead rule of every protocol, in one place: a send leaves only once everything its actor persisted before it, in any
 * turn, is durable. Records of all actors gather while an append is in flight and leave as the next one: group commit.
 */
export class Gate {
  #gathering = new Batch();
  #inFlight: Batch | undefined;
  readonly #start: number;
  #position: number;

  /**
   * `position`: of the next record. `release` takes what may leave, and below which position it waited for records, if it did;
   * `wake` asks for a turn; `fail` stops the node; `durable` hears below which position all is durable, and of how many records more.
   */
  constructor(
    private readonly journal: Journal,
    position: number,
    private readonly release: (envelope: Envelope, awaited?: number) => void,
    private readonly wake: () => void,
    private readonly fail: (error: Error) => void,
    private readonly durable?: (below: number, records: number) => void,
  ) {
    this.#start = position;
    this.#position = position;
  }

  /** Records that are not durable yet. */
  get pending(): number {
    return this.#gathering.records.length + (this.#inFlight?.records.length ?? 0);
  }

  persist(owner: Persistence, record: Uint8Array): void {
    this.#gathering.records.push({ role: owner.role, bytes: record });
    owner.end = this.#gathering.end = ++this.#position;
    owner.batch = this.#gathering;
  }

  send(owner: Persistence, envelope: Envelope): void {
    const { batch } = owner;
    if (batch === undefined || batch.durable) this.release(envelope);
    else batch.sends.push(envelope);
  }

  checkpoint(owner: Persistence, self: Address, state: Iterable<Uint8Array>, then: Message): void {
    if (owner.checkpointing) throw new Error(`${owner.role} began a checkpoint before its last one was durable`);
    owner.checkpointing = true;
    const checkpoint = { owner, self, covers: owner.batch === undefined ? this.#start : owner.end, state, then };
    const { batch } = owner;
    if (batch === undefined || batch.durable) this.#write(checkpoint);
    else batch.checkpoints.push(checkpoint);
  }

  /** Starts an append of what gathered, if none is in flight. Releases before it returns if that completes synchronously. */
  flush(): void {
    while (this.#inFlight === undefined && this.#gathering.records.length > 0) {
      const batch = this.#gathering;
      this.#inFlight = batch;
      this.#gathering = new Batch();
      let synchronous = true;
      from(this.journal.append(batch.records)).subscribe({
        error: (error) => this.fail(storageFailure('append to', error)),
        complete: () => {
          this.#durable(batch);
          if (!synchronous) this.wake();
        },
      });
      synchronous = false;
    }
  }

  #durable(batch: Batch): void {
    batch.durable = true;
    this.#inFlight = undefined;
    this.durable?.(batch.end, batch.records.length);
    for (const envelope of batch.sends) this.release(envelope, batch.end);
    for (const checkpoint of batch.checkpoints) this.#write(checkpoint);
  }

  #write({ owner, self, covers, state, then }: Checkpoint): void {
    // Called outside a turn too: a throw must fail the node there as well.
    defer(() => this.journal.checkpoint(owner.role, covers, state)).subscribe({
      error: (error) => this.fail(storageFailure('write a checkpoint to', error)),
      complete: () => {
        owner.checkpointing = false;
        this.release({ from: self, to: self, message: then });
        this.wake();
      },
    });
  }
}

const storageFailure = (what: string, thrown: unknown): Error => {
  const cause = errorFrom(thrown);
  return cause instanceof StorageError
    ? cause
    : new StorageError('STORAGE_FAILED', `could not ${what} the storage: ${cause.message}; the node stops, and acknowledges nothing more`, {
        cause,
      });
};
