import type { CommandCall } from './calls.js';

/** A batch under its number: the unit of retrying, and of happening once. */
export interface Batch {
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Who waits for which of its outcomes; a hole where the caller was told "unknown". */
  readonly callers: (CommandCall | undefined)[];
  /** How many they are. */
  waiting: number;
  /** When it may be sent again. */
  again: number;
  /** To which leader it was sent last. */
  sentTo: string;
  /** How often it was sent. */
  sent: number;
}

/** The results of a batch that came after the caller was told "unknown", and which of them is its own. */
export interface LateResult {
  readonly results: Uint8Array;
  readonly index: number;
}

/**
 * The batches of one session that have no outcome yet, and the number below which all have. A caller that gave up may ask again
 * while its batch is kept; the oldest such batches are let go when there are too many, or when they hold down the floor.
 */
export class Outstanding {
  readonly #batches = new Map<number, Batch>();
  /** Callers that were told "unknown": the batch of each, or the outcome that came too late. */
  readonly #unknown = new Map<CommandCall, { readonly batch: Batch; readonly index: number } | LateResult>();
  #nextSeq = 1;
  #bytes = 0;

  /** `mostUnknown`: callers that may come back, at most. `span`: how far numbers may run ahead of the floor. `join` makes a payload of commands. */
  constructor(
    private readonly mostUnknown: number,
    private readonly span: number,
    private readonly join: (commands: readonly Uint8Array[]) => Uint8Array,
  ) {}

  get size(): number {
    return this.#batches.size;
  }

  /** The client knows the outcome of every batch below it, or will never ask. */
  get floor(): number {
    for (const seq of this.#batches.keys()) return seq;
    return this.#nextSeq;
  }

  get batches(): Iterable<Batch> {
    return this.#batches.values();
  }

  /** Whether another batch may be numbered now: numbers do not run too far ahead, and `mostBytes` are not exceeded. */
  hasRoom(mostBytes: number): boolean {
    while (this.#nextSeq - this.floor >= this.span) {
      const oldest = this.#batches.get(this.floor) as Batch;
      if (isWanted(oldest)) return false;
      this.remove(oldest.seq);
    }
    if (this.#bytes < mostBytes) return true;
    // What nobody waits for must not keep out what somebody does.
    for (const batch of this.#batches.values()) {
      if (!isWanted(batch)) this.remove(batch.seq);
      if (this.#bytes < mostBytes) return true;
    }
    return false;
  }

  /** The next batch. It takes `callers` over. */
  add(callers: CommandCall[]): Batch {
    const batch: Batch = {
      seq: this.#nextSeq++,
      payload: this.join(callers.map(({ bytes }) => bytes)),
      callers,
      waiting: callers.length,
      again: 0,
      sentTo: '',
      sent: 0,
    };
    this.#batches.set(batch.seq, batch);
    this.#bytes += batch.payload.length;
    return batch;
  }

  get(seq: number): Batch | undefined {
    return this.#batches.get(seq);
  }

  remove(seq: number): void {
    const batch = this.#batches.get(seq);
    if (batch === undefined) return;
    this.#batches.delete(seq);
    this.#bytes -= batch.payload.length;
  }

  /** The results of a batch are known: removes it, and keeps them for those who were told "unknown". */
  settle(batch: Batch, results: Uint8Array): void {
    this.remove(batch.seq);
    if (batch.waiting === batch.callers.length) return;
    for (const [call, known] of this.#unknown)
      if ('batch' in known && known.batch === batch) this.#unknown.set(call, { results, index: known.index });
  }

  /** The caller at `index` was told "unknown"; it may come back. */
  abandon(batch: Batch, index: number): void {
    const call = batch.callers[index] as CommandCall;
    batch.callers[index] = undefined;
    batch.waiting--;
    this.#unknown.set(call, { batch, index });
    if (this.#unknown.size <= this.mostUnknown) return;
    for (const [oldest, known] of this.#unknown) {
      this.#unknown.delete(oldest);
      if ('batch' in known && !isWanted(known.batch)) this.remove(known.batch.seq);
      return;
    }
  }

  /** `call` comes back for what `unknown` was not told: its result, its batch, or undefined if nobody will ever know. */
  resume(unknown: CommandCall, call: CommandCall): Batch | LateResult | undefined {
    const known = this.#unknown.get(unknown);
    this.#unknown.delete(unknown);
    if (known === undefined || 'results' in known) return known;
    const { batch, index } = known;
    if (this.#batches.get(batch.seq) !== batch) return undefined;
    batch.callers[index] = call;
    batch.waiting++;
    return batch;
  }
}

/** Whether anybody still waits for an outcome of the batch. */
export const isWanted = ({ waiting }: Batch): boolean => waiting > 0;
