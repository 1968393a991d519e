import { setTimeout as delay } from 'node:timers/promises';
import { SynodError } from '@synod/core';
import type { NatsConnection } from './connection.js';
import { Link } from './link.js';
import { checkPayload, duplicate, listening, type Uplink, type UplinkContext, warnOfDuplicate, warnOfPayload } from './uplink.js';

/** ms between two looks at a connection that has no server. */
const RETRY = 50;

/** Uses a connection of the caller's: it is not closed, and reconnects as the caller has it. */
export class GivenUplink implements Uplink {
  readonly link: Link;
  readonly #context: UplinkContext;

  constructor(context: UplinkContext, connection: NatsConnection) {
    this.#context = context;
    this.link = new Link(connection, context);
  }

  /** Waits until the connection has a server. Rejects if it is closed, cannot carry the frames, or somebody of this id is there. */
  async start(): Promise<void> {
    const { link } = this;
    const { signal, self, tell } = this.#context;
    try {
      await this.#settled();
      checkPayload(this.#context, link);
      if (await link.taken()) throw duplicate(self, link);
      link.answer();
      link.listen();
      await this.#settled();
    } catch (error) {
      if (signal.aborted) return;
      throw link.connection.isClosed() && !(error instanceof SynodError) ? closed(error) : error;
    }
    tell(listening(link));
    link.follow((state) => this.#turned(state));
    void link.connection.closed().then(() => {
      if (!signal.aborted) tell({ status: 'unreachable', at: link.connection.getServer(), reason: 'the connection was closed' });
    });
  }

  stop(): Promise<void> {
    return this.link.leave();
  }

  /** However often the connection is lost meanwhile. */
  async #settled(): Promise<void> {
    const { connection } = this.link;
    for (let told = false; ; told = true) {
      if (connection.isClosed()) throw closed();
      try {
        return await this.link.settled();
      } catch (error) {
        if (this.#context.signal.aborted || error instanceof SynodError) throw error;
        if (!told) this.#context.tell({ status: 'unreachable', at: connection.getServer(), reason: (error as Error).message });
        await delay(RETRY);
      }
    }
  }

  #turned(state: 'online' | 'offline'): void {
    const { link } = this;
    if (state === 'offline') {
      this.#context.tell({ status: 'unreachable', at: link.connection.getServer(), reason: 'the connection is lost' });
      return;
    }
    this.#context.tell(listening(link));
    warnOfPayload(this.#context, link);
    warnOfDuplicate(this.#context, link);
  }
}

const closed = (cause?: unknown): SynodError =>
  new SynodError('CONNECT_FAILED', 'the given NATS connection is closed; give an open one', { cause });
