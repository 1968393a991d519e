import type { TransportStatus } from '@synod/core';
import { Dealer, type Event, type Push } from 'zeromq';
import type { CurveKeys } from './curve.js';
import type { Outbox } from './outbox.js';
import type { Refusals } from './refusals.js';

/** ms after which a connection that ZeroMQ gave up is dialled again. */
const REDIAL_DELAY = 1_000;

/** From a client to a door: whoever answers it need not be whom it asks. */
const HERE_I_AM = new Uint8Array();

/** The connection to one node, and what waits for it. */
export class Connection {
  readonly outbox: Outbox;
  readonly socket: Push | Dealer;
  readonly #node: string;
  readonly #endpoint: string;
  readonly #curve: CurveKeys | undefined;
  readonly #refusals: Refusals;
  readonly #report: (status: TransportStatus) => void;
  #phase: 'away' | 'reached' | 'connected' = 'away';
  /** Why ZeroMQ ended the handshake, if it said. */
  #why: string | undefined;
  /** Which of the node's keys is tried. */
  #key = 0;
  #keyFailed = false;
  #redial: ReturnType<typeof setTimeout> | undefined;

  constructor(
    node: string,
    endpoint: string,
    socket: Push | Dealer,
    outbox: Outbox,
    curve: CurveKeys | undefined,
    refusals: Refusals,
    report: (status: TransportStatus) => void,
  ) {
    this.#node = node;
    this.#endpoint = endpoint;
    this.socket = socket;
    this.outbox = outbox;
    this.#curve = curve;
    this.#refusals = refusals;
    this.#report = report;
  }

  connect(): void {
    const keys = this.#curve?.nodes.get(this.#node);
    if (keys !== undefined) this.socket.curveServerKey = keys[this.#key % keys.length]!;
    this.socket.connect(this.#endpoint);
  }

  close(): void {
    this.#cancelRedial();
    this.outbox.close();
  }

  /** Hears the events of the socket. */
  readonly on = (event: Event): void => {
    switch (event.type) {
      case 'connect':
        this.#phase = 'reached';
        this.#why = undefined;
        return;
      case 'handshake':
        this.#phase = 'connected';
        this.#cancelRedial();
        this.outbox.connected();
        if (this.socket instanceof Dealer) this.outbox.send(HERE_I_AM);
        return this.#report({ status: 'connected', node: this.#node });
      case 'handshake:error:auth':
        this.#why = `${this.#endpoint} does not let in the key of this node`;
        return;
      case 'handshake:error:protocol':
        if (event.error.code === 'ERR_ZMTP_MECHANISM_MISMATCH') this.#why = `${this.#endpoint} ${this.#curve ? 'has no' : 'wants'} CURVE`;
        return;
      case 'connect:retry':
        if (!this.#keyFailed) this.#cancelRedial();
        return;
      case 'disconnect':
        return this.#disconnected();
    }
  };

  #disconnected(): void {
    const was = this.#phase;
    this.#phase = 'away';
    if (was === 'away' || this.socket.closed) return;
    if (was === 'connected') {
      this.outbox.disconnected();
      this.#report({ status: 'disconnected', node: this.#node });
    } else {
      const guess = this.#curve
        ? `another kind of endpoint, without CURVE, or with a key that is not curve.nodes.${this.#node}`
        : 'another kind of endpoint, or one with CURVE';
      this.#refusals.tell(
        `by ${this.#node}: ${this.#why ?? `${this.#endpoint} closes the connection: is it ${guess}?`}`,
        '',
        this.#curve && { key: this.#curve.publicKey },
      );
    }
    // After a connection broke ZeroMQ tries again, and says so; but not after it got an answer that is an error of the protocol, such
    // as that its key is refused; and never with another key.
    this.#keyFailed = was === 'reached' && (this.#curve?.nodes.get(this.#node)?.length ?? 0) > 1;
    this.#redial ??= setTimeout(this.#again, REDIAL_DELAY).unref();
  }

  #cancelRedial(): void {
    clearTimeout(this.#redial);
    this.#redial = undefined;
  }

  readonly #again = (): void => {
    this.#redial = undefined;
    if (this.#phase === 'connected' || this.socket.closed) return;
    this.#phase = 'away';
    if (this.#keyFailed) this.#key++;
    this.#keyFailed = false;
    try {
      this.socket.disconnect(this.#endpoint);
    } catch {
      // ZeroMQ has forgotten the endpoint already.
    }
    this.connect();
  };
}
