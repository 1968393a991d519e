import { SynodError } from '@synod/core';
import { Dialer, type Failure, permanent } from './dialer.js';
import { Link } from './link.js';
import type { Access } from './options.js';
import { checkPayload, duplicate, listening, type Uplink, type UplinkContext, warnOfDuplicate, warnOfPayload } from './uplink.js';

const SILENT_HEARTBEATS = 5;
/** ms after which a connection has lasted: the next is tried for at once when it is lost. */
const LASTING = 1_000;

/** Connects by itself, and again whenever the connection is lost. */
export class OwnUplink implements Uplink {
  link: Link | undefined;
  readonly #context: UplinkContext;
  readonly #dialer: Dialer;
  #staying: Promise<void> | undefined;
  /** The trouble that was told last. */
  #trouble: string | undefined;

  constructor(context: UplinkContext, access: Access, name: string) {
    this.#context = context;
    this.#dialer = new Dialer(access, name);
  }

  /** Tries until a server is there. Rejects if it does not let us in, cannot carry the frames, or knows another of this id. */
  async start(): Promise<void> {
    const link = await this.#connect('first');
    if (link !== undefined) this.#staying = this.#stay(link);
  }

  /** The transport's signal is aborted before. */
  async stop(): Promise<void> {
    await this.link?.close();
    await this.#staying;
  }

  async #stay(first: Link): Promise<void> {
    for (let link: Link | undefined = first; link !== undefined; link = await this.#connect('again')) {
      const since = performance.now();
      await link.connection.closed();
      this.link = undefined;
      if (this.#context.signal.aborted) return;
      if (performance.now() - since >= LASTING) this.#dialer.settled();
      this.#unreachable(link.connection.getServer(), 'the connection is lost');
    }
  }

  /** Undefined once the transport stops. */
  async #connect(time: 'first' | 'again'): Promise<Link | undefined> {
    const { signal, tell } = this.#context;
    for (;;) {
      const connection = await this.#dialer.dial(signal, (failures) => this.#failed(time, failures));
      if (connection === undefined) return undefined;
      const link = new Link(connection, this.#context);
      link.follow(() => {});
      this.#watch(link);
      try {
        await this.#open(link, time);
        this.link = link;
        this.#trouble = undefined;
        tell(listening(link));
        return link;
      } catch (error) {
        await link.close();
        if (signal.aborted) return undefined;
        if (time === 'first' && error instanceof SynodError) throw error;
        this.#unreachable(connection.getServer(), (error as Error).message);
      }
    }
  }

  async #open(link: Link, time: 'first' | 'again'): Promise<void> {
    if (time === 'first') checkPayload(this.#context, link);
    else warnOfPayload(this.#context, link);
    // What the connection publishes does not come back to it, so both that start at once are heard and hear.
    link.answer();
    if (time === 'first' && (await link.taken())) throw duplicate(this.#context.self, link);
    link.listen();
    await link.settled();
    if (time === 'again') warnOfDuplicate(this.#context, link);
  }

  /** Gives up a server that stands still: the client itself would wait for it. */
  #watch(link: Link): void {
    const { connection } = link;
    const timer = setInterval(() => {
      if (link.heartbeat() >= SILENT_HEARTBEATS) void connection.close();
    }, this.#context.limits.heartbeat);
    void connection.closed().then(() => clearInterval(timer));
  }

  #failed(time: 'first' | 'again', failures: readonly Failure[]): void {
    if (time === 'first') for (const failure of failures) throwIfAny(permanent(failure));
    const reasons = failures.map(({ server, error }) => `${server}: ${error.message}`).sort();
    this.#unreachable(this.#dialer.servers, reasons.join('; '));
  }

  #unreachable(at: string, reason: string): void {
    const trouble = `${at}: ${reason}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#context.tell({ status: 'unreachable', at, reason });
    this.#context.logger.warn(`transport-nats: no connection to ${trouble}; trying on`);
  }
}

const throwIfAny = (error: Error | undefined): void => {
  if (error !== undefined) throw error;
};
