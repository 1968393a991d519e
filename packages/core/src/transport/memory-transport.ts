import { asapScheduler, EMPTY, type Observable, type SchedulerLike, Subject } from 'rxjs';
import { ConfigurationError, StoppedError } from '../errors.js';
import type { Transport, TransportCapabilities, TransportStatus } from './transport.js';

/** What waits for one node at most, in frames and in bytes; beyond it frames are dropped. */
const MOST_WAITING = 65_536;
const MOST_BYTES_WAITING = 64 * 1024 * 1024;

/** ms for which the nodes of a process may talk in microtasks alone. */
const LONGEST_TALK = 5;

/**
 * Lets the event loop have its turn. Nodes of one process answer each other in microtasks, and while those last neither a timer
 * nor a signal nor a socket is looked at. So the first frame asks for the loop's next round, and when that is long overdue frames wait for it. It is
 * never overdue in virtual time.
 */
class Breather {
  #since: number | undefined;
  #held: (() => void)[] = [];

  /** Runs `work` in a microtask, or when the event loop had its turn. */
  soon(work: () => void, scheduler: SchedulerLike): void {
    const now = scheduler.now();
    if (this.#since === undefined) {
      this.#since = now;
      scheduler.schedule(() => this.#breathe(), 1);
    }
    if (now - this.#since > LONGEST_TALK) this.#held.push(work);
    else scheduler.schedule(work);
  }

  #breathe(): void {
    const held = this.#held;
    this.#since = undefined;
    this.#held = [];
    for (const work of held) work();
  }
}

/** Joins the nodes of one process. Every node of a deployment is given the same one. */
export class MemoryNetwork {
  readonly #nodes = new Map<string, MemoryTransport>();
  readonly #breather = new Breather();

  join(node: string, transport: MemoryTransport): void {
    if (this.#nodes.has(node))
      throw new ConfigurationError('DUPLICATE_NODE', `a node ${JSON.stringify(node)} is on this memory network already; stop it first`);
    this.#nodes.set(node, transport);
  }

  leave(node: string): void {
    this.#nodes.delete(node);
  }

  find(node: string): MemoryTransport | undefined {
    return this.#nodes.get(node);
  }

  /** Runs `work` later: in a microtask as a rule, but never so that the event loop starves. */
  soon(work: () => void, scheduler: SchedulerLike): void {
    this.#breather.soon(work, scheduler);
  }
}

/** Frames within one process, handed over later, in a microtask as a rule. Loses nothing but what a node that is absent or flooded is sent. */
export class MemoryTransport implements Transport {
  readonly #inbound$ = new Subject<Uint8Array>();
  readonly #status$ = new Subject<TransportStatus>();
  #waiting: Uint8Array[] = [];
  #bytesWaiting = 0;
  #state: 'new' | 'running' | 'stopped' = 'new';
  /** Frames that were dropped and are not told yet: by node and reason. */
  #dropped = new Map<string, { readonly node: string; readonly reason: string; count: number }>();

  readonly inbound$: Observable<Uint8Array> = this.#inbound$;
  readonly status$: Observable<TransportStatus> = this.#status$;
  readonly capabilities: TransportCapabilities = { maxFrameBytes: MOST_BYTES_WAITING, clients: true };

  constructor(
    private readonly self: string,
    private readonly network: MemoryNetwork,
    private readonly scheduler: SchedulerLike = asapScheduler,
  ) {}

  start(): Observable<never> {
    if (this.#state === 'stopped') throw new StoppedError('STOPPED', 'this transport was stopped; start a new one');
    if (this.#state === 'new') this.network.join(this.self, this);
    this.#state = 'running';
    return EMPTY;
  }

  send(node: string, frame: Uint8Array): boolean {
    if (this.#state !== 'running') return false;
    if (frame.length > this.capabilities.maxFrameBytes) return this.#drop(node, 'frame too large');
    const peer = node === this.self ? undefined : this.network.find(node);
    if (peer === undefined) return this.#drop(node, 'unknown node');
    return peer.receive(frame) || this.#drop(node, 'queue full');
  }

  stop(): Observable<never> {
    if (this.#state === 'running') this.network.leave(this.self);
    this.#state = 'stopped';
    this.#waiting = [];
    this.#inbound$.complete();
    this.#status$.complete();
    return EMPTY;
  }

  unwrap(): MemoryNetwork {
    return this.network;
  }

  /** A frame from another node of the network. False if too much waits already. */
  receive(frame: Uint8Array): boolean {
    if (this.#waiting.length >= MOST_WAITING || this.#bytesWaiting + frame.length > MOST_BYTES_WAITING) return false;
    this.#bytesWaiting += frame.length;
    if (this.#waiting.push(frame) === 1) this.network.soon(() => this.#deliver(), this.scheduler);
    return true;
  }

  #deliver(): void {
    const frames = this.#waiting;
    this.#waiting = [];
    this.#bytesWaiting = 0;
    for (const frame of frames) if (this.#state === 'running') this.#inbound$.next(frame);
  }

  /** Tells it later, so that nobody is called back from within `send`; and not at all if nobody listens. */
  #drop(node: string, reason: string): false {
    if (!this.#status$.observed) return false;
    if (this.#dropped.size === 0) this.scheduler.schedule(() => this.#tell());
    const key = `${node}: ${reason}`;
    const told = this.#dropped.get(key) ?? { node, reason, count: 0 };
    told.count++;
    this.#dropped.set(key, told);
    return false;
  }

  #tell(): void {
    const dropped = this.#dropped;
    this.#dropped = new Map();
    for (const { node, reason, count } of dropped.values()) this.#status$.next({ status: 'dropped', node, count, reason });
  }
}
