import {
  type Logger,
  type NodeIdentity,
  StoppedError,
  silentLogger,
  Tally,
  type Transport,
  type TransportCapabilities,
  type TransportStatus,
} from '@synod/core';
import { type Observable, Subject } from 'rxjs';
import type { Context, Dealer, Event, Pull, Push, Router, Socket } from 'zeromq';
import { Connection } from './connection.js';
import { type CurveKeys, checkCurve } from './curve.js';
import { Door } from './door.js';
import { monitor } from './monitor.js';
import { checkOptions, type ZmqLimits, type ZmqOptions } from './options.js';
import { Outbox } from './outbox.js';
import { Refusals } from './refusals.js';
import { bindSocket, dealerSocket, pullSocket, pushSocket, returnContext, routerSocket, type Shared, takeContext } from './sockets.js';
import { type Entrance, Zap } from './zap.js';

/** ms that `stop` waits for ZeroMQ's threads to close what is open; it takes a few. */
const STOP_TIMEOUT = 2_000;

/** What `unwrap()` returns. Sending or receiving on these sockets, or closing them, breaks the transport. With CURVE they know its keys. */
export interface ZmqSockets {
  readonly context: Context;
  /** Frames of listed nodes; absent on a client. */
  readonly pull?: Pull;
  /** Frames of clients, and the replies to them; absent without `door`. */
  readonly router?: Router;
  /** ZeroMQ asks here whether a key may come in; absent without `curve`, and on a client. */
  readonly zap?: Router;
  /** One connection to each other node. */
  readonly connections: ReadonlyMap<string, Push | Dealer>;
}

/** Why the handshake with somebody failed, unless he was refused for his key, or broke off. */
const whyNoHandshake = (event: Event, curve: CurveKeys | undefined): string | undefined => {
  if (event.type !== 'handshake:error:protocol') return undefined;
  switch (event.error.code) {
    case 'ERR_ZMTP_MECHANISM_MISMATCH':
      return curve ? 'somebody without CURVE' : 'somebody with CURVE, or with a password';
    case 'ERR_ZMTP_CRYPTOGRAPHIC':
      return 'what cannot be decrypted: meant for another key, or changed on its way';
    default:
      return `${event.type}: ${event.error.message} (${event.error.code})`;
  }
};

/** A failed bind is told by `start`, a refused key by the list that it is not on. */
const TOLD_ELSEWHERE = new Set<Event['type']>(['bind:error', 'handshake:error:auth']);

/**
 * Frames over ZeroMQ. Listed nodes push to each other's `bind`; a client connects to their `door`s, and replies return over the
 * connection that it opened. One ZeroMQ message is one frame.
 */
export class ZmqTransport implements Transport {
  readonly inbound$: Observable<Uint8Array>;
  readonly status$: Observable<TransportStatus>;
  readonly capabilities: TransportCapabilities;
  readonly #inbound = new Subject<Uint8Array>();
  readonly #status = new Subject<TransportStatus>();
  readonly #tally = new Tally((status) => this.#status.next(status));
  readonly #connections = new Map<string, Connection>();
  /** Each tells when one socket is gone; false if it never will. */
  readonly #closing: Promise<boolean>[] = [];
  readonly #identity: NodeIdentity;
  readonly #options: ZmqOptions;
  readonly #limits: Required<ZmqLimits>;
  readonly #curve: CurveKeys | undefined;
  readonly #logger: Logger;
  readonly #refusals: Refusals;
  #running = false;
  #context: Context | undefined;
  #pull: Pull | undefined;
  #router: Router | undefined;
  #door: Door | undefined;
  #zap: Router | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** Throws `ConfigurationError`, naming the option, if the options do not suit the node. Opens nothing. */
  constructor(identity: NodeIdentity, options: ZmqOptions, logger: Logger = silentLogger) {
    this.#identity = identity;
    this.#options = options;
    this.#limits = checkOptions(options, identity);
    // Given and empty it is a mistake, and must not mean plain text.
    this.#curve = options.curve === undefined ? undefined : checkCurve(options.curve, identity, options.door);
    this.#logger = logger;
    this.#refusals = new Refusals(this.#tally, logger);
    const clients = options.door !== undefined || options.doors !== undefined;
    this.capabilities = { maxFrameBytes: this.#limits.maxFrameBytes, clients, tellsPeers: true };
    this.inbound$ = this.#inbound.asObservable();
    this.status$ = this.#status.asObservable();
  }

  /** Rejects with `SynodError` `BIND_FAILED` if an endpoint cannot be bound; then nothing is left open. */
  start(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(new StoppedError('STOPPED', 'this transport was stopped; start a new one'));
    return (this.#started ??= this.#open().catch(async (error: unknown) => {
      await this.#close();
      throw error;
    }));
  }

  send(node: string, frame: Uint8Array): boolean {
    if (!this.#running) return false;
    if (frame.length > this.#limits.maxFrameBytes) {
      this.#tally.dropped(node, 'frame too large');
      return false;
    }
    const connection = this.#connections.get(node);
    if (connection !== undefined) return connection.outbox.send(frame);
    if (this.#door !== undefined && node !== this.#identity.self) return this.#door.send(node, frame);
    this.#tally.dropped(node, 'unknown node');
    return false;
  }

  stop(): Promise<void> {
    this.#running = false;
    return (this.#stopped ??= this.#started === undefined ? this.#close() : this.#started.then(() => this.#close()).catch(() => {}));
  }

  /** Throws `StoppedError` before `start` and after `stop`. */
  unwrap(): ZmqSockets {
    if (this.#context === undefined) throw new StoppedError('NOT_RUNNING', 'this transport has no sockets: it is not started, or stopped');
    return {
      context: this.#context,
      ...(this.#pull && { pull: this.#pull }),
      ...(this.#router && { router: this.#router }),
      ...(this.#zap && { zap: this.#zap }),
      connections: new Map([...this.#connections].map(([node, { socket }]) => [node, socket])),
    };
  }

  async #open(): Promise<void> {
    const context = (this.#context = takeContext(this.#limits.ioThreads));
    const shared: Shared = { context, limits: this.#limits, curve: this.#curve };
    const options = this.#options;
    if (options.doors !== undefined) {
      for (const [node, endpoint] of Object.entries(options.doors)) {
        const dealer = dealerSocket(shared, endpoint, this.#identity.self);
        this.#connect(node, endpoint, dealer);
        void this.#read(dealer, ([frame, ...more]) => (more.length === 0 ? frame : this.#refuseParts()));
      }
    } else {
      if (this.#curve !== undefined) {
        this.#zap = await new Zap(this.#curve, this.#refusals, this.#logger).open(context);
        this.#watch(this.#zap, () => {});
      }
      const pull = (this.#pull = pullSocket(shared, options.bind));
      await this.#listen('bind', pull, options.bind);
      if (options.door !== undefined) {
        const router = (this.#router = routerSocket(shared, options.door));
        this.#door = new Door(router, this.#limits.maxClients, new Set(this.#identity.topology.nodes), this.#tally);
        await this.#listen('door', router, options.door);
      }
      for (const [node, endpoint] of Object.entries(options.peers))
        if (node !== this.#identity.self) this.#connect(node, endpoint, pushSocket(shared, endpoint));
      void this.#read(pull, (parts) => (parts.length === 1 ? parts[0] : this.#refuseParts()));
      const door = this.#door;
      if (door !== undefined) void this.#read(this.#router!, (parts) => door.admit(parts));
    }
    this.#running = this.#stopped === undefined;
  }

  async #listen(at: Entrance, socket: Pull | Router, endpoint: string): Promise<void> {
    this.#watch(socket, (event) => {
      const why = whyNoHandshake(event, this.#curve);
      if (why !== undefined) this.#refusals.tell(`at ${at}: ${why}`);
      else if ('error' in event && !TOLD_ELSEWHERE.has(event.type)) this.#tally.refused(`at ${at}: ${event.type}: ${event.error.message}`);
    });
    await bindSocket(at, socket, endpoint);
    this.#status.next({ status: 'listening', at: socket.lastEndpoint ?? endpoint });
  }

  #connect(node: string, endpoint: string, socket: Push | Dealer): void {
    const outbox = new Outbox(node, socket, this.#limits, this.#tally);
    const report = (status: TransportStatus): void => this.#status.next(status);
    const connection = new Connection(node, endpoint, socket, outbox, this.#curve, this.#refusals, report);
    this.#connections.set(node, connection);
    this.#watch(socket, connection.on);
    connection.connect();
  }

  #watch(socket: Socket, on: (event: Event) => void): void {
    this.#closing.push(
      monitor(socket, on).then(
        () => true,
        (error: unknown) => {
          this.#logger.error('transport-zmq: the events of a socket are lost', { error });
          return false;
        },
      ),
    );
  }

  /** `frameOf` takes a message apart; undefined if it is not a frame. */
  async #read(socket: Pull | Router | Dealer, frameOf: (parts: Buffer[]) => Uint8Array | undefined): Promise<void> {
    while (!socket.closed)
      try {
        const frame = frameOf(await socket.receive());
        if (frame !== undefined && this.#stopped === undefined) this.#deliver(frame);
      } catch (error) {
        // Closing a socket rejects the receive under way. `EAGAIN`: zeromq.js saw a message that was gone when it looked.
        if (socket.closed || (error as { code?: string }).code === 'EAGAIN') continue;
        this.#logger.error('transport-zmq: receiving failed, no frame will come in here any more', { error });
        return;
      }
  }

  #deliver(frame: Uint8Array): void {
    try {
      this.#inbound.next(frame);
    } catch (error) {
      this.#logger.error('transport-zmq: a subscriber of inbound$ threw', { error });
    }
  }

  #refuseParts(): undefined {
    this.#tally.refused('a message of several parts');
  }

  async #close(): Promise<void> {
    this.#running = false;
    for (const connection of this.#connections.values()) connection.close();
    this.#door?.close();
    this.#pull?.close();
    this.#zap?.close();
    if (this.#context !== undefined) {
      if (await this.#gone()) returnContext(this.#context);
      else this.#logger.warn(`transport-zmq: sockets are still open ${STOP_TIMEOUT} ms after stop`);
    }
    this.#context = undefined;
    this.#tally.close();
    this.#inbound.complete();
    this.#status.complete();
  }

  /** False if a socket is not gone in time. */
  async #gone(): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), STOP_TIMEOUT);
    });
    const gone = Promise.all(this.#closing).then((ends) => ends.every((gone) => gone));
    const done = await Promise.race([gone, late]);
    clearTimeout(timer);
    return done;
  }
}
