import {
  type Logger,
  type NodeIdentity,
  randomHex,
  StoppedError,
  silentLogger,
  systemRandom,
  Tally,
  type Transport,
  type TransportCapabilities,
  type TransportStatus,
} from '@synod/core';
import { type Observable, Subject } from 'rxjs';
import type { NatsConnection } from './connection.js';
import { GivenUplink } from './given-uplink.js';
import { checkOptions, type NatsOptions } from './options.js';
import { OwnUplink } from './own-uplink.js';
import { Subjects } from './subjects.js';
import type { Uplink, UplinkContext } from './uplink.js';

/** Frames over NATS. Every node, listed or not, subscribes to a subject of its own; one NATS message is one frame. */
export class NatsTransport implements Transport {
  readonly inbound$: Observable<Uint8Array>;
  readonly status$: Observable<TransportStatus>;
  readonly capabilities: TransportCapabilities;
  readonly #inbound = new Subject<Uint8Array>();
  readonly #status = new Subject<TransportStatus>();
  readonly #tally = new Tally((status) => this.#status.next(status));
  readonly #stopping = new AbortController();
  readonly #logger: Logger;
  readonly #subjects: Subjects;
  readonly #maxFrameBytes: number;
  readonly #uplink: Uplink;
  #running = false;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** Throws `ConfigurationError`, naming the option, if the options cannot be used. Opens nothing. */
  constructor(identity: NodeIdentity, options: NatsOptions, logger: Logger = silentLogger) {
    const { limits, connection, access } = checkOptions(options);
    this.#logger = logger;
    this.#subjects = new Subjects(identity);
    this.#maxFrameBytes = limits.maxFrameBytes;
    this.capabilities = { maxFrameBytes: limits.maxFrameBytes, clients: true, tellsPeers: false };
    this.inbound$ = this.#inbound.asObservable();
    this.status$ = this.#status.asObservable();
    const context: UplinkContext = {
      self: identity.self,
      subjects: this.#subjects,
      limits,
      life: randomHex(systemRandom(), 16),
      tally: this.#tally,
      signal: this.#stopping.signal,
      logger,
      deliver: (frame) => this.#deliver(frame),
      tell: (status) => this.#status.next(status),
    };
    this.#uplink =
      connection !== undefined
        ? new GivenUplink(context, connection)
        : new OwnUplink(context, access!, `synod ${identity.cluster} ${identity.self}`);
  }

  /**
   * Completes when a server is there and frames can be received, however long that takes. Rejects with `SynodError`
   * `NOT_AUTHORIZED`, `TLS_FAILED`, `MAX_PAYLOAD`, `DUPLICATE_NODE` or, for a connection that is closed, `CONNECT_FAILED`; then
   * nothing is left open.
   */
  start(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(new StoppedError('STOPPED', 'this transport was stopped; start a new one'));
    return (this.#started ??= this.#open().catch(async (error: unknown) => {
      await this.#close();
      throw error;
    }));
  }

  send(node: string, frame: Uint8Array): boolean {
    if (!this.#running) return false;
    const subject = this.#subjects.of(node);
    if (subject === undefined) return this.#drop(node, 'unknown node');
    if (frame.length > this.#maxFrameBytes) return this.#drop(node, 'frame too large');
    return this.#uplink.link?.send(node, subject, frame) ?? this.#drop(node, 'not connected');
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#stopping.abort();
    return (this.#stopped ??= this.#started === undefined ? this.#close() : this.#started.then(() => this.#close()).catch(() => {}));
  }

  /** The connection to NATS. Throws `StoppedError` while there is none: before `start`, after `stop`, and with no server. */
  unwrap(): NatsConnection {
    const { link } = this.#uplink;
    if (link === undefined || !this.#running)
      throw new StoppedError('NOT_RUNNING', 'this transport has no connection: it is not started, or stopped, or no server can be reached');
    return link.connection;
  }

  async #open(): Promise<void> {
    await this.#uplink.start();
    this.#running = this.#stopped === undefined;
  }

  #drop(node: string, reason: string): false {
    this.#tally.dropped(node, reason);
    return false;
  }

  #deliver(frame: Uint8Array): void {
    if (this.#stopped !== undefined) return;
    try {
      this.#inbound.next(frame);
    } catch (error) {
      this.#logger.error('transport-nats: a subscriber of inbound$ threw', { error });
    }
  }

  async #close(): Promise<void> {
    this.#running = false;
    this.#stopping.abort();
    await this.#uplink.stop();
    this.#tally.close();
    this.#inbound.complete();
    this.#status.complete();
  }
}
