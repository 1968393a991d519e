import { EMPTY, type Observable, Subject } from 'rxjs';
import type { Transport, TransportCapabilities, TransportStatus } from '../transport/transport.js';
import type { SimulatedNetwork } from './network.js';
import type { ChildScheduler } from './virtual-scheduler.js';

/** The simulated network as one node sees it, for one life of that node. */
export class SimulatedTransport implements Transport {
  readonly capabilities: TransportCapabilities;
  readonly #inbound = new Subject<Uint8Array>();
  readonly #status = new Subject<TransportStatus>();
  #listening = false;

  constructor(
    private readonly network: SimulatedNetwork,
    readonly node: string,
    readonly life: ChildScheduler,
  ) {
    this.capabilities = { maxFrameBytes: network.maxFrameBytes, clients: true };
  }

  readonly inbound$: Observable<Uint8Array> = this.#inbound.asObservable();
  readonly status$: Observable<TransportStatus> = this.#status.asObservable();

  get listening(): boolean {
    return this.#listening && this.life.alive;
  }

  start(): Observable<never> {
    this.#listening = true;
    this.#status.next({ status: 'listening', at: `simulation:${this.node}` });
    return EMPTY;
  }

  send(node: string, frame: Uint8Array): boolean {
    this.life.boundary();
    return this.listening && node !== this.node && this.network.send(this.node, node, frame);
  }

  stop(): Observable<never> {
    this.detach();
    return EMPTY;
  }

  unwrap(): SimulatedNetwork {
    return this.network;
  }

  /** The network brings a frame, which is now the receiver's own. */
  deliver(frame: Uint8Array): void {
    this.#inbound.next(frame);
  }

  /** The process is gone: nothing more comes in or goes out. */
  detach(): void {
    this.#listening = false;
  }
}
