import type { Transport, TransportStatus } from '../../transport/transport.js';
import { bytesOf, same } from '../bytes.js';

/** One life of a node's transport. What it hears is kept from the start, copied as it comes in. */
export class Probe {
  readonly heard: Uint8Array[] = [];
  readonly told: TransportStatus[] = [];
  /** The suite has called `stop`. */
  stopping = false;

  constructor(
    readonly node: string,
    readonly transport: Transport,
    news: () => void,
  ) {
    transport.inbound$.subscribe((frame) => {
      this.heard.push(Uint8Array.from(frame));
      news();
    });
    transport.status$.subscribe((status) => {
      this.told.push(status);
      news();
    });
  }

  hasHeard(text: string): boolean {
    const wanted = bytesOf(text);
    return this.heard.some((frame) => same(frame, wanted));
  }

  /** Whether a status event told that frames for `node` were dropped. */
  hasDropped(node: string): boolean {
    return this.told.some((event) => event.status === 'dropped' && event.node === node && event.count > 0);
  }

  /** How often it was told that `node` came or went. */
  count(status: 'connected' | 'disconnected', node: string): number {
    return this.told.filter((event) => event.status === status && event.node === node).length;
  }
}
