import type { Tally } from '@synod/core';
import type { Dealer, Push } from 'zeromq';

/** How many frames wait for a peer that is not connected: enough for a connection to come up, few enough to be fresh. */
const ABSENT_FRAMES = 64;

/** ms until a connected socket that had no room is tried again, if nothing else says that it has. */
const RETRY_DELAY = 2;

export interface OutboxBounds {
  readonly queueFrames: number;
  readonly queueBytes: number;
}

/**
 * What waits for one peer. The socket has room for a few frames and one send under way; the rest waits here, bounded by count and
 * bytes. When it is full,
 * - a connected peer is too slow: the new frame is dropped;
 * - an absent peer gets, once it is back, the newest frames: the oldest is dropped.
 */
export class Outbox {
  readonly #node: string;
  readonly #socket: Push | Dealer;
  readonly #bounds: OutboxBounds;
  readonly #tally: Tally;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** The frame that the socket is taking: zeromq.js allows one send at a time. */
  #sending: Uint8Array | undefined;
  /** The socket gave it back for lack of room. */
  #stuck = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #connected = false;
  #closed = false;

  constructor(node: string, socket: Push | Dealer, bounds: OutboxBounds, tally: Tally) {
    this.#node = node;
    this.#socket = socket;
    this.#bounds = bounds;
    this.#tally = tally;
  }

  /** False if the frame was dropped. */
  send(frame: Uint8Array): boolean {
    if (this.#closed) return false;
    if (this.#sending === undefined) {
      this.#hand(frame);
      return true;
    }
    if (this.#connected && (this.#queue.length >= this.#bounds.queueFrames || this.#queuedBytes + frame.length > this.#bounds.queueBytes)) {
      this.#tally.dropped(this.#node, 'queue full');
      return false;
    }
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    if (!this.#connected) this.#dropStale();
    return true;
  }

  connected(): void {
    this.#connected = true;
    this.#again();
  }

  disconnected(): void {
    this.#connected = false;
    this.#dropStale();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#queue.length = 0;
    this.#socket.close();
  }

  #dropStale(): void {
    let count = 0;
    for (; this.#queue.length > Math.min(ABSENT_FRAMES, this.#bounds.queueFrames) || this.#queuedBytes > this.#bounds.queueBytes; count++)
      this.#queuedBytes -= this.#queue.shift()!.length;
    if (count > 0) this.#tally.dropped(this.#node, 'not connected', count);
  }

  /** An idle socket takes the frame at once; a full one, when it has room. */
  #hand(frame: Uint8Array): void {
    this.#sending = frame;
    try {
      this.#socket.send(frame).then(this.#sent, this.#failed);
    } catch (error) {
      this.#failed(error as { code?: string });
    }
  }

  readonly #sent = (): void => {
    this.#sending = undefined;
    const next = this.#queue.shift();
    if (next === undefined || this.#closed) return;
    this.#queuedBytes -= next.length;
    this.#hand(next);
  };

  readonly #failed = (error: { code?: string }): void => {
    if (this.#closed) return;
    if (error.code === 'EAGAIN') {
      this.#stuck = true;
      if (this.#connected) this.#retry = setTimeout(this.#again, RETRY_DELAY).unref();
      return;
    }
    this.#tally.dropped(this.#node, `the socket failed: ${error.code}`);
    this.#sent();
  };

  readonly #again = (): void => {
    clearTimeout(this.#retry);
    if (!this.#stuck || this.#closed) return;
    this.#stuck = false;
    this.#hand(this.#sending!);
  };
}
