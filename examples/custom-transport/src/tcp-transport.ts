import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  type NodeIdentity,
  StoppedError,
  SynodError,
  Tally,
  type Transport,
  type TransportCapabilities,
  type TransportStatus,
} from '@synod/core';
import { type Observable, Subject } from 'rxjs';
import { type Common, Connection } from './connection.js';
import { addressOf, checkOptions, type Endpoint, endpointOf, type TcpOptions } from './options.js';
import { Peer } from './peer.js';
import { helloOf, WireError } from './wire.js';

/** What `unwrap()` returns. Whoever writes to these sockets, or reads from them, breaks the transport. */
export interface TcpSockets {
  /** Absent on a client. */
  readonly server?: Server;
  readonly connections: readonly Socket[];
}

/**
 * Frames over TCP. A listed node dials every other for what it sends itself, so two nodes have two connections, and neither needs
 * to agree with the other which one to keep. A client dials too, and is answered over the connection that it opened.
 */
export class TcpTransport implements Transport {
  readonly inbound$: Observable<Uint8Array>;
  readonly status$: Observable<TransportStatus>;
  readonly capabilities: TransportCapabilities;
  readonly #inbound = new Subject<Uint8Array>();
  readonly #status = new Subject<TransportStatus>();
  readonly #common: Common;
  /** The listed nodes. */
  readonly #peers = new Map<string, Peer>();
  /** The others, by the connection that each opened last. */
  readonly #clients = new Map<string, Connection>();
  readonly #identity: NodeIdentity;
  readonly #listen: Endpoint | undefined;
  #server: Server | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #running = false;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** Throws `ConfigurationError`, naming the option, if the options do not suit the node. Opens nothing. */
  constructor(identity: NodeIdentity, options: TcpOptions) {
    const limits = checkOptions(options, identity);
    const { self, cluster } = identity;
    this.#identity = identity;
    this.#listen = options.listen === undefined ? undefined : endpointOf('listen', options.listen);
    this.capabilities = { maxFrameBytes: limits.maxFrameBytes, clients: true, tellsPeers: true };
    this.inbound$ = this.#inbound.asObservable();
    this.status$ = this.#status.asObservable();
    const tally = new Tally((status) => this.#status.next(status));
    this.#common = { cluster, hello: helloOf(self, cluster), limits, tally, connections: new Set() };
    const events = { status: (status: TransportStatus) => this.#status.next(status), frame: this.#frame };
    for (const [node, address] of Object.entries(options.peers))
      if (node !== self) this.#peers.set(node, new Peer(node, endpointOf(`peers.${node}`, address), this.#common, events));
  }

  /** Rejects with `SynodError` `BIND_FAILED` if it cannot listen; then nothing is left open. */
  start(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(new StoppedError('STOPPED', 'this transport was stopped; make a new one'));
    return (this.#started ??= this.#open());
  }

  send(node: string, frame: Uint8Array): boolean {
    if (!this.#running) return false;
    const to = this.#peers.get(node) ?? this.#clients.get(node);
    if (to !== undefined && frame.length <= this.capabilities.maxFrameBytes) return to.send(frame);
    this.#common.tally.dropped(node, to === undefined ? 'unknown node' : 'frame too large');
    return false;
  }

  stop(): Promise<void> {
    this.#running = false;
    return (this.#stopped ??= (this.#started ?? Promise.resolve()).catch(() => {}).then(() => this.#close()));
  }

  unwrap(): TcpSockets {
    const connections = [...this.#common.connections].map(({ socket }) => socket);
    return { ...(this.#server && { server: this.#server }), connections };
  }

  async #open(): Promise<void> {
    if (this.#listen !== undefined) await this.#bind(this.#listen);
    if (this.#stopped !== undefined) return;
    this.#running = true;
    for (const peer of this.#peers.values()) peer.dial();
    const { connections, limits } = this.#common;
    this.#heartbeat = setInterval(() => {
      for (const connection of connections) connection.beat();
    }, limits.heartbeat);
  }

  async #bind(endpoint: Endpoint): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.maxConnections = this.#common.limits.maxConnections;
    server.on('drop', () => this.#common.tally.refused(`a connection beyond the ${server.maxConnections} of maxConnections`));
    await new Promise<void>((bound, failed) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const why =
          cause.code === 'EADDRINUSE' ? 'the port is in use; stop the other process (is this node running already?)' : cause.message;
        failed(new SynodError('BIND_FAILED', `listen: cannot listen at ${addressOf(endpoint)}: ${why}`, { cause }));
      });
      server.listen({ ...endpoint, exclusive: true }, bound);
    });
    // Of what goes wrong with a single connection, such as too many open files.
    server.on('error', (error) => this.#common.tally.refused(`a connection: ${error.message}`));
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.#status.next({ status: 'listening', at: addressOf({ ...endpoint, port }) });
  }

  #accept(socket: Socket): void {
    const { self, topology } = this.#identity;
    let client: string | undefined;
    const connection = new Connection(socket, `from ${socket.remoteAddress}`, this.#common, {
      hello: (node) => {
        if (node === self) throw new WireError(`it has this node's own id, ${self}`);
        if (topology.nodes.includes(node)) return;
        // A client that comes again replaces its older connection.
        void this.#clients.get(node)?.close();
        this.#clients.set(node, connection);
        client = node;
      },
      frame: this.#frame,
      closed: () => {
        if (client !== undefined && this.#clients.get(client) === connection) this.#clients.delete(client);
      },
    });
  }

  readonly #frame = (frame: Uint8Array): void => {
    if (this.#running) this.#inbound.next(frame);
  };

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const peer of this.#peers.values()) peer.stop();
    const server = this.#server;
    const closed = server && new Promise((done) => server.close(done));
    await Promise.all([...this.#common.connections].map((connection) => connection.close()));
    await closed;
    this.#common.tally.close();
    this.#inbound.complete();
    this.#status.complete();
  }
}
