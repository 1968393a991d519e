import type { Random } from '../../actor/random.js';
import type { SnapshotFragment } from './messages.js';
import { PIECE_BYTES } from './sizes.js';

/** Receivers that are served at a time. */
const MOST_TRANSFERS = 2;
/** ms without a request after which the view is let go. */
const IDLE = 30_000;
/** ms without a request after which a receiver that was sent all seems to have it, if another waits. */
const SEEMS_DONE = 1000;

/** A view of the state, cut into pieces when it was asked for. */
export interface Cut {
  /** Everything below it is in the view. */
  readonly next: number;
  readonly pieces: Iterable<Uint8Array>;
}

/** Reads a view out, fragment by fragment. */
class Reading {
  readonly #pieces: Iterator<Uint8Array>;
  #piece: Uint8Array | undefined;
  #at = 0;
  #last: SnapshotFragment | undefined;
  askedAt = 0;

  constructor(
    readonly transfer: number,
    private readonly cut: number,
    private readonly next: number,
    pieces: Iterable<Uint8Array>,
  ) {
    this.#pieces = pieces[Symbol.iterator]();
    this.#piece = this.#take();
  }

  /** Whether the last fragment was sent. */
  get isSent(): boolean {
    return this.#piece === undefined;
  }

  /** The fragment asked for, if it is the last one again or the one after it. */
  fragment(index: number): SnapshotFragment | undefined {
    const last = this.#last?.fragment ?? -1;
    if (index === last + 1 && this.#piece !== undefined) this.#last = this.#cut(index, this.#piece);
    return index === this.#last?.fragment ? this.#last : undefined;
  }

  #cut(fragment: number, piece: Uint8Array): SnapshotFragment {
    const bytes = piece.subarray(this.#at, this.#at + PIECE_BYTES);
    this.#at += bytes.length;
    const ends = this.#at >= piece.length;
    if (ends) {
      this.#piece = this.#take();
      this.#at = 0;
    }
    const { transfer, cut, next } = this;
    return { kind: 'snapshotFragment', transfer, cut, next, fragment, ends, last: this.#piece === undefined, bytes };
  }

  #take(): Uint8Array | undefined {
    const piece = this.#pieces.next();
    return piece.done ? undefined : piece.value;
  }
}

/** The donor's side: one view a receiver, read out as it asks. */
export class SnapshotSender {
  readonly #readings = new Map<string, Reading>();

  constructor(private readonly random: Random) {}

  /**
   * The fragment asked for, or undefined: a late copy of a request, or no room. Only the request for the first fragment of a new
   * transfer makes a `cut`.
   */
  fragment(node: string, transfer: number, index: number, now: number, cut: () => Cut): SnapshotFragment | undefined {
    let reading = this.#readings.get(node);
    if (reading?.transfer !== transfer) {
      if (index !== 0) return undefined;
      if (!this.#readings.has(node) && !this.#hasRoom(now)) return undefined;
      const { next, pieces } = cut();
      reading = new Reading(transfer, this.random.uint32(), next, pieces);
      this.#readings.set(node, reading);
    }
    reading.askedAt = now;
    return reading.fragment(index);
  }

  /** Lets go of what nobody asks for any more: a view holds on to an old state. */
  letGo(now: number): void {
    for (const [node, { askedAt }] of this.#readings) if (now - askedAt > IDLE) this.#readings.delete(node);
  }

  /** Who needs it no more must not keep others out: they ask here for seconds before they turn to another donor. */
  #hasRoom(now: number): boolean {
    this.letGo(now);
    for (const [node, { askedAt, isSent }] of this.#readings) {
      if (this.#readings.size < MOST_TRANSFERS) break;
      if (isSent && now - askedAt > SEEMS_DONE) this.#readings.delete(node);
    }
    return this.#readings.size < MOST_TRANSFERS;
  }
}

/** The receiver's side: puts the pieces together again. */
export class SnapshotReceiver {
  readonly pieces: Uint8Array[] = [];
  #fragments: Uint8Array[] = [];
  #expected = 0;
  /** That of the first fragment. */
  #cut: number | undefined;
  /** How often the fragment that is expected was asked for. */
  asked = 0;

  /** `transfer` is drawn anew for each: fragments for another do not fit. */
  constructor(
    readonly donor: string,
    readonly transfer: number,
  ) {}

  /** The fragment to ask for. */
  get expected(): number {
    return this.#expected;
  }

  /**
   * True if this was the fragment asked for, of the view that the first one is of. A donor that started again in the midst of the
   * transfer may cut another under its number, when an early request comes late: pieces of the two would make no state at all.
   */
  take({ transfer, cut, fragment, ends, bytes }: SnapshotFragment): boolean {
    if (transfer !== this.transfer || fragment !== this.#expected || cut !== (this.#cut ?? cut)) return false;
    this.#cut = cut;
    this.#expected++;
    this.asked = 0;
    this.#fragments.push(bytes);
    if (ends) {
      this.pieces.push(this.#fragments.length === 1 ? bytes : join(this.#fragments));
      this.#fragments = [];
    }
    return true;
  }
}

const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
