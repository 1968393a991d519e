import { NO_TICKET, type Submit } from './messages.js';

/** Who waits for the outcome of one command. `gone`: was told "unknown", and may come back. */
export interface Caller {
  ticket: number;
  /** On this node's clock. */
  deadline: number;
  gone: boolean;
}

/** A batch under its number: the unit of retrying, and of happening once. */
export interface Batch {
  readonly seq: number;
  readonly payload: Uint8Array;
  readonly callers: readonly Caller[];
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
  /** By the ticket that was told "unknown": its batch, or the outcome that came too late. */
  readonly #unknown = new Map<number, { readonly seq: number; readonly index: number } | LateResult>();
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

  add(commands: readonly Submit[]): Batch {
    const batch: Batch = {
      seq: this.#nextSeq++,
      payload: this.join(commands.map(({ command }) => command)),
      callers: commands.map(({ ticket, deadline }) => ({ ticket, deadline, gone: false })),
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

  /** The results of a batch are known: removes it, keeps them for those who are gone, and returns who waits, in order. */
  settle(batch: Batch, results: Uint8Array): readonly number[] {
    this.remove(batch.seq);
    return batch.callers.map(({ ticket, gone }, index) => {
      if (!gone) return ticket;
      if (this.#unknown.has(ticket)) this.#unknown.set(ticket, { results, index });
      return NO_TICKET;
    });
  }

  /** This caller was told "unknown"; it may come back under its ticket. */
  abandon(batch: Batch, index: number): void {
    const caller = batch.callers[index] as Caller;
    caller.gone = true;
    this.#unknown.set(caller.ticket, { seq: batch.seq, index });
    if (this.#unknown.size <= this.mostUnknown) return;
    for (const [ticket, unknown] of this.#unknown) {
      this.#unknown.delete(ticket);
      const oldest = 'seq' in unknown ? this.#batches.get(unknown.seq) : undefined;
      if (oldest !== undefined && !isWanted(oldest)) this.remove(oldest.seq);
      return;
    }
  }

  /** A caller is back under a new ticket: its result, its batch, or undefined if nobody will ever know. */
  resume(unknown: number, ticket: number, deadline: number): Batch | LateResult | undefined {
    const known = this.#unknown.get(unknown);
    this.#unknown.delete(unknown);
    if (known === undefined || 'results' in known) return known;
    const batch = this.#batches.get(known.seq);
    const caller = batch?.callers[known.index];
    if (caller === undefined) return undefined;
    caller.ticket = ticket;
    caller.deadline = deadline;
    caller.gone = false;
    return batch;
  }
}

/** Whether anybody still waits for an outcome of the batch. */
export const isWanted = ({ callers }: Batch): boolean => callers.some(({ gone }) => !gone);
