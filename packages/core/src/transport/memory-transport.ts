import { asapScheduler, EMPTY, type Observable, type SchedulerLike, Subject } from 'rxjs';
import { ConfigurationError } from '../errors.js';
import type { Transport, TransportCapabilities, TransportStatus } from './transport.js';

/** What waits for one node at most, in frames; beyond it frames are dropped. */
const MOST_WAITING = 65_536;

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
  #running = false;

  readonly inbound$: Observable<Uint8Array> = this.#inbound$;
  readonly status$: Observable<TransportStatus> = this.#status$;
  readonly capabilities: TransportCapabilities = { maxFrameBytes: 64 * 1024 * 1024, clients: true };

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
    if (this.#waiting.push(frame) === 1) this.network.soon(() => this.#deliver(), this.scheduler);
    return true;
  }

  #deliver(): void {
    const frames = this.#waiting;
    this.#waiting = [];
    for (const frame of frames) if (this.#running) this.#inbound$.next(frame);
  }
}
