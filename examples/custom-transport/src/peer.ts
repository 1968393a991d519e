import { connect } from 'node:net';
import type { TransportStatus } from '@synod/core';
import { type Common, Connection } from './connection.js';
import type { Endpoint } from './options.js';
import { WireError } from './wire.js';

/** ms until the first attempt to connect again; each later one waits for twice as long, up to the most. */
const MIN_DELAY = 20;
const MAX_DELAY = 1_000;
/** How many frames wait for a node that is away: enough for a connection to come up, few enough to be fresh. */
const ABSENT_FRAMES = 64;

export interface PeerEvents {
  status(status: TransportStatus): void;
  frame(frame: Uint8Array): void;
}

/** A listed node: dials it, again whenever the connection is lost. */
export class Peer {
  /** The connection over which it said hello. */
  #connection: Connection | undefined;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #delay = MIN_DELAY;
  #redial: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    private readonly node: string,
    private readonly endpoint: Endpoint,
    private readonly common: Common,
    private readonly events: PeerEvents,
  ) {}

  dial(): void {
    const socket = connect({ ...this.endpoint, noDelay: true });
    const connection = new Connection(socket, `at ${this.node}`, this.common, {
      hello: (node) => {
        if (node !== this.node) throw new WireError(`node ${node} is there; check the address in peers`);
        this.#connected(connection);
      },
      frame: this.events.frame,
      closed: () => this.#closed(),
    });
  }

  /** False if the frame was dropped. While the node is away the newest frames wait: it will have no use for older ones. */
  send(frame: Uint8Array): boolean {
    if (this.#connection !== undefined) return this.#connection.send(frame);
    const { queueFrames, queueBytes } = this.common.limits;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    let count = 0;
    for (; this.#waiting.length > Math.min(ABSENT_FRAMES, queueFrames) || this.#waitingBytes > queueBytes; count++)
      this.#waitingBytes -= this.#waiting.shift()!.length;
    if (count > 0) this.common.tally.dropped(this.node, 'not connected', count);
    return true;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#redial);
  }

  #connected(connection: Connection): void {
    this.#connection = connection;
    this.#delay = MIN_DELAY;
    this.events.status({ status: 'connected', node: this.node });
    for (const frame of this.#waiting.splice(0)) connection.send(frame);
    this.#waitingBytes = 0;
  }

  #closed(): void {
    if (this.#connection !== undefined) this.events.status({ status: 'disconnected', node: this.node });
    this.#connection = undefined;
    if (this.#stopped) return;
    // Not all that lost the same node come back to it at the same moment.
    this.#redial = setTimeout(() => this.dial(), this.#delay * (0.5 + Math.random() / 2));
    this.#delay = Math.min(2 * this.#delay, MAX_DELAY);
  }
}
