import type { SynodError, Tally } from '@synod/core';
import { Backlog } from './backlog.js';
import type { NatsConnection, NatsMessage, NatsSubscription } from './connection.js';
import type { NatsLimits } from './options.js';
import { forbidden, Presence } from './presence.js';
import type { Subjects } from './subjects.js';

/** ms that a drain may take: the server answers at once, unless it stands still. */
const DRAIN_TIMEOUT = 2_000;

/** What a transport's links have in common. */
export interface LinkContext {
  readonly subjects: Subjects;
  readonly limits: Required<NatsLimits>;
  /** Names this life of the node among all that ever bore its id. */
  readonly life: string;
  readonly tally: Tally;
  /** Aborted when the transport stops. */
  readonly signal: AbortSignal;
  deliver(frame: Uint8Array): void;
}

/** What an event of the client may hold, by version. */
interface ClientEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly permissionContext?: { readonly operation: string; readonly subject: string };
  readonly error?: Error;
}

/** A node on one connection: what it subscribes to, and what it publishes. */
export class Link {
  readonly connection: NatsConnection;
  readonly #context: LinkContext;
  readonly #presence: Presence;
  readonly #subscriptions: NatsSubscription[] = [];
  #backlog: Backlog;
  #online = true;
  #denied: SynodError | undefined;
  #events: (AsyncIterable<ClientEvent> & { stop?(): void }) | undefined;

  constructor(connection: NatsConnection, context: LinkContext) {
    this.connection = connection;
    this.#context = context;
    this.#presence = new Presence(connection, context.subjects, context.life);
    this.#backlog = this.#emptyBacklog();
  }

  /** The largest frame that the connected server takes. */
  get maxPayload(): number {
    return this.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** True if another of this id is up. Where the connection hears itself, ask before `answer`: else nobody but oneself is found, late. */
  taken(): Promise<boolean> {
    return this.whileOpen(this.#presence.taken());
  }

  /** From now on others of this id that start are kept from it, unless they have precedence. */
  answer(): void {
    this.#subscriptions.push(this.#presence.answer((error) => this.#deny(error)));
  }

  /** Frames come in once the server has heard of it: the id is this node's. */
  listen(): void {
    this.#presence.hold();
    const callback = (error: Error | null, message: NatsMessage): void => this.#receive(error, message);
    this.#subscriptions.push(this.connection.subscribe(this.#context.subjects.own, { callback }));
  }

  /** Completes when the server has heard of all before. Rejects with `SynodError` `NOT_AUTHORIZED` if it does not allow it. */
  async settled(): Promise<void> {
    await this.whileOpen(this.connection.flush());
    if (this.#denied !== undefined) throw this.#denied;
  }

  /** False if the frame was dropped. */
  send(node: string, subject: string, frame: Uint8Array): boolean {
    const { tally } = this.#context;
    const reason = this.#obstacle(frame);
    if (reason !== undefined) {
      tally.dropped(node, reason);
      return false;
    }
    try {
      this.connection.publish(subject, frame);
    } catch (error) {
      tally.dropped(node, `the client failed: ${(error as Error).message}`);
      return false;
    }
    this.#backlog.add(subject, frame);
    return true;
  }

  /** Follows the client, until the connection is closed or left: `turned` hears when it has lost its server, and found one. */
  follow(turned: (state: 'online' | 'offline') => void): void {
    this.#follow(turned).catch((error: unknown) => this.#context.tally.refused(`the client’s events ended: ${error}`));
  }

  /** What the client promises may stay open for ever once it is closed. Rejects when it is, or the transport stops. */
  async whileOpen<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#context;
    let stopped: (() => void) | undefined;
    const end = new Promise<never>((_, reject) => {
      stopped = () => reject(new Error('the transport was stopped'));
      signal.addEventListener('abort', stopped);
      if (signal.aborted) stopped();
      void this.connection.closed().then(() => reject(new Error('the connection was closed')));
    });
    try {
      return await Promise.race([promise, end]);
    } finally {
      signal.removeEventListener('abort', stopped!);
    }
  }

  /** How many heartbeats the server has been silent. */
  heartbeat(): number {
    return this.#backlog.heartbeat();
  }

  /** Lets what was published reach the server, then closes the connection. Bounded in time. */
  async close(): Promise<void> {
    this.#unfollow();
    if (this.connection.isClosed()) return;
    await inTime(this.connection.drain());
    await inTime(this.connection.close());
  }

  /** Ends the subscriptions, and leaves the connection to whose it is. Bounded in time. */
  async leave(): Promise<void> {
    this.#unfollow();
    if (this.connection.isClosed()) return;
    const ended = await inTime(Promise.all(this.#subscriptions.map((subscription) => subscription.drain())));
    if (!ended) for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  async #follow(turned: (state: 'online' | 'offline') => void): Promise<void> {
    this.#events = this.connection.status();
    for await (const event of this.#events) {
      if (event.type === 'error') this.#context.tally.refused(`by the server: ${wordingOf(event)}`);
      const state = event.type === 'disconnect' ? 'offline' : event.type === 'reconnect' ? 'online' : undefined;
      if (state === undefined) continue;
      this.#online = state === 'online';
      // The client has thrown away what waited.
      this.#backlog = this.#emptyBacklog();
      turned(state);
    }
  }

  /** Both versions of the client can end the loop; elsewhere it ends with the connection. */
  #unfollow(): void {
    this.#events?.stop?.();
  }

  /** Why the frame cannot be sent now. */
  #obstacle(frame: Uint8Array): string | undefined {
    const { info } = this.connection;
    if (info === undefined || !this.#online) return 'not connected';
    if (frame.length > info.max_payload) return 'frame too large for the server';
    return this.#backlog.hasRoom(frame) ? undefined : 'queue full';
  }

  #emptyBacklog(): Backlog {
    return new Backlog(() => this.connection.flush(), this.#context.limits.queueBytes);
  }

  /** Never throws: the client would read no more, and say nothing. */
  #receive(error: Error | null, message: NatsMessage): void {
    try {
      if (error !== null) return this.#deny(error);
      this.#backlog.heard();
      const { data, reply, headers } = message;
      const { tally, limits, deliver } = this.#context;
      if (reply || headers !== undefined) tally.refused('a message with a reply subject or headers: not a frame');
      else if (data.length > limits.maxFrameBytes) tally.refused(`a frame of more than ${limits.maxFrameBytes} bytes`);
      else deliver(data);
    } catch (thrown) {
      this.#context.tally.refused(`a message that the client cannot read: ${(thrown as Error).message}`);
    }
  }

  #deny(error: Error): void {
    this.#denied ??= forbidden(error, this.#context.subjects);
  }
}

/** False if it did not end in time, or failed. */
const inTime = async (end: Promise<unknown>): Promise<boolean> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), DRAIN_TIMEOUT);
  });
  try {
    return await Promise.race([
      late,
      end.then(
        () => true,
        () => false,
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

const wordingOf = ({ data, permissionContext, error }: ClientEvent): string =>
  permissionContext ? `${data}: ${permissionContext.operation} to ${permissionContext.subject}` : (error?.message ?? String(data));
