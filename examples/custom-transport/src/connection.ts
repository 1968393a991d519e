import type { Socket } from 'node:net';
import type { Tally } from '@synod/core';
import type { TcpLimits } from './options.js';
import { FrameReader, HEARTBEAT, nodeOf, prefix, WireError } from './wire.js';

/** What the socket holds before it is offered more, in bytes: enough to keep the network busy. */
const PORTION = 256 * 1024;
/** A connection is dead if nothing came over it for so many heartbeats. */
const SILENT_HEARTBEATS = 5;

/** What the connections of a transport have in common. */
export interface Common {
  readonly cluster: string;
  /** What each says first. */
  readonly hello: Uint8Array;
  readonly limits: Required<TcpLimits>;
  readonly tally: Tally;
  /** Those that are open. */
  readonly connections: Set<Connection>;
}

export interface ConnectionEvents {
  /** The other end is this node of the cluster. Throws `WireError` if it is not welcome. */
  hello(node: string): void;
  frame(frame: Uint8Array): void;
  closed(): void;
}

/** One TCP connection, whoever opened it: both ends say hello at once, and then send frames. */
export class Connection {
  readonly #reader = new FrameReader();
  /** What the socket had no room for yet. */
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #flushing = false;
  /** Who is at the other end, once it said hello. */
  #node: string | undefined;
  /** Heartbeats since anything came, the hello first of all. */
  #silence = 0;

  constructor(
    readonly socket: Socket,
    private readonly name: string,
    private readonly common: Common,
    private readonly events: ConnectionEvents,
  ) {
    common.connections.add(this);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('drain', () => this.#flush());
    // `close` follows, and is all that matters.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    this.#write(common.hello);
  }

  /** False if the frame was dropped. */
  send(frame: Uint8Array): boolean {
    const { queueFrames, queueBytes } = this.common.limits;
    if (this.#queue.length >= queueFrames || this.#queuedBytes + this.socket.writableLength + frame.length > queueBytes) {
      this.common.tally.dropped(this.#node ?? this.name, 'queue full');
      return false;
    }
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => this.#flush());
    }
    return true;
  }

  /** To be called at every heartbeat. */
  beat(): void {
    if (this.#silence++ >= SILENT_HEARTBEATS) this.socket.destroy();
    else if (this.socket.writableLength === 0) this.socket.write(prefix(HEARTBEAT));
  }

  /** Completes when the socket is gone, which takes no other end. */
  async close(): Promise<void> {
    const gone = new Promise((done) => this.socket.once('close', done));
    this.socket.destroy();
    await gone;
  }

  /** What a turn has to say leaves together. What the socket has no room for waits until it is empty. */
  #flush(): void {
    this.#flushing = false;
    let taken = 0;
    this.socket.cork();
    for (; taken < this.#queue.length && this.socket.writableLength < PORTION; taken++) this.#write(this.#queue[taken]!);
    this.socket.uncork();
    for (const { length } of this.#queue.splice(0, taken)) this.#queuedBytes -= length;
  }

  #write(frame: Uint8Array): void {
    this.socket.write(prefix(frame.length));
    this.socket.write(frame);
  }

  #take(chunk: Buffer): void {
    // Whoever keeps the hello to himself is silent, whatever else he says.
    if (this.#node !== undefined) this.#silence = 0;
    try {
      for (const frame of this.#reader.read(chunk)) {
        if (this.socket.destroyed) return;
        if (this.#node === undefined) this.#welcome(frame);
        else this.events.frame(frame);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.common.tally.refused(`${this.name}: ${error.message}`);
      this.socket.destroy();
    }
  }

  #welcome(hello: Uint8Array): void {
    this.#node = nodeOf(hello, this.common.cluster);
    this.#reader.allow(this.common.limits.maxFrameBytes);
    this.events.hello(this.#node);
  }

  #closed(): void {
    this.common.connections.delete(this);
    if (this.#queue.length > 0) this.common.tally.dropped(this.#node ?? this.name, 'connection lost', this.#queue.length);
    this.#queue.length = 0;
    this.events.closed();
  }
}
