import { asapScheduler, EMPTY, type Observable, type SchedulerLike, Subject } from 'rxjs';
import { ConfigurationError } from '../errors.js';
import type { Transport, TransportStatus } from './transport.js';

/** What waits for one node at most, in frames; beyond it frames are dropped. */
const MOST_WAITING = 65_536;

/** Joins the nodes of one process. Every node of a deployment is given the same one. */
export class MemoryNetwork {
  readonly #nodes = new Map<string, MemoryTransport>();

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
}

/** Frames within one process, handed over in a later microtask. Loses nothing but what a node that is absent or flooded is sent. */
export class MemoryTransport implements Transport {
  readonly #inbound$ = new Subject<Uint8Array>();
  readonly #status$ = new Subject<TransportStatus>();
  #waiting: Uint8Array[] = [];
  #running = false;

  readonly inbound$: Observable<Uint8Array> = this.#inbound$;
  readonly status$: Observable<TransportStatus> = this.#status$;
  readonly capabilities = { maxFrameBytes: 64 * 1024 * 1024 };

  constructor(
    private readonly self: string,
    private readonly network: MemoryNetwork,
    private readonly scheduler: SchedulerLike = asapScheduler,
  ) {}

  start(): Observable<never> {
    this.network.join(this.self, this);
    this.#running = true;
    return EMPTY;
  }

  send(node: string, frame: Uint8Array): boolean {
    if (!this.#running || node === this.self || frame.length > this.capabilities.maxFrameBytes) return false;
    return this.network.find(node)?.receive(frame) ?? false;
  }

  stop(): Observable<never> {
    if (this.#running) this.network.leave(this.self);
    this.#running = false;
    this.#waiting = [];
    this.#inbound$.complete();
    this.#status$.complete();
    return EMPTY;
  }

  unwrap(): MemoryNetwork {
    return this.network;
  }

  /** A frame from another node of the network. False if too many wait already. */
  receive(frame: Uint8Array): boolean {
    if (this.#waiting.length >= MOST_WAITING) return false;
    if (this.#waiting.push(frame) === 1) this.scheduler.schedule(() => this.#deliver());
    return true;
  }

  #deliver(): void {
    const frames = this.#waiting;
    this.#waiting = [];
    for (const frame of frames) if (this.#running) this.#inbound$.next(frame);
  }
}
