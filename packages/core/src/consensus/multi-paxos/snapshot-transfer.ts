import type { SnapshotFragment } from './messages.js';

const FRAGMENT_BYTES = 256 * 1024;
const MOST_TRANSFERS = 2;
/** ms without a request after which the view is let go. */
const IDLE = 30_000;

interface Sending {
  readonly next: number;
  readonly pieces: Iterator<Uint8Array>;
  piece: Uint8Array;
  at: number;
  exhausted: boolean;
  upcoming: Uint8Array | undefined;
  fragment: SnapshotFragment | undefined;
  asked: number;
}

/** The donor's side: views of the state, read out fragment by fragment as the receivers ask. */
export class SnapshotSender {
  readonly #sending = new Map<string, Sending>();

  /** Begins anew for this node. False if others are served already. */
  begin(node: string, next: number, pieces: Iterable<Uint8Array>, now: number): boolean {
    this.#expire(now);
    if (!this.#sending.has(node) && this.#sending.size >= MOST_TRANSFERS) return false;
    const iterator = pieces[Symbol.iterator]();
    const first = iterator.next();
    if (first.done) return false;
    const second = iterator.next();
    this.#sending.set(node, {
      next,
      pieces: iterator,
      piece: first.value,
      at: 0,
      exhausted: second.done === true,
      upcoming: second.done ? undefined : second.value,
      fragment: undefined,
      asked: now,
    });
    return true;
  }

  /** The fragment asked for: the last one again, or the one after it. Undefined if that transfer is not under way. */
  fragment(node: string, next: number, index: number, now: number): SnapshotFragment | undefined {
    const sending = this.#sending.get(node);
    if (sending === undefined || sending.next !== next) return undefined;
    sending.asked = now;
    const last = sending.fragment?.fragment ?? -1;
    if (index === last) return sending.fragment;
    if (index !== last + 1 || sending.fragment?.last) return undefined;
    sending.fragment = this.#cut(sending, index);
    return sending.fragment;
  }

  #cut(sending: Sending, fragment: number): SnapshotFragment {
    const bytes = sending.piece.subarray(sending.at, sending.at + FRAGMENT_BYTES);
    sending.at += bytes.length;
    const ends = sending.at >= sending.piece.length;
    const last = ends && sending.exhausted;
    if (ends && sending.upcoming !== undefined) {
      sending.piece = sending.upcoming;
      sending.at = 0;
      const upcoming = sending.pieces.next();
      sending.exhausted = upcoming.done === true;
      sending.upcoming = upcoming.done ? undefined : upcoming.value;
    }
    return { kind: 'snapshotFragment', next: sending.next, fragment, ends, last, bytes };
  }

  #expire(now: number): void {
    for (const [node, { asked }] of this.#sending) if (now - asked > IDLE) this.#sending.delete(node);
  }
}

/** The receiver's side: puts the pieces together again. */
export class SnapshotReceiver {
  readonly pieces: Uint8Array[] = [];
  #fragments: Uint8Array[] = [];
  #expected = 0;

  /** From `donor`, everything below `next`. */
  constructor(
    readonly donor: string,
    readonly next: number,
  ) {}

  /** The fragment to ask for. */
  get expected(): number {
    return this.#expected;
  }

  /** True if this was the fragment asked for. */
  take({ fragment, ends, bytes }: SnapshotFragment): boolean {
    if (fragment !== this.#expected) return false;
    this.#expected++;
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
