import type { Observable, ObservableInput } from 'rxjs';

/** What became of a connection. Advisory: protocols do not depend on it. */
export type TransportStatus =
  /** Frames can be received. */
  | { readonly status: 'listening'; readonly at: string }
  /** What carries the frames of all nodes, a broker, cannot be reached: nothing comes or goes until `listening` is told again. */
  | { readonly status: 'unreachable'; readonly at: string; readonly reason: string }
  | { readonly status: 'connected' | 'disconnected'; readonly node: string }
  /** Frames were dropped; `count` since the last such event. */
  | { readonly status: 'dropped'; readonly node: string; readonly count: number; readonly reason: string }
  /** Something came in that is not ours and was thrown away. */
  | { readonly status: 'refused'; readonly reason: string };

export interface TransportCapabilities {
  /** The largest frame that `send` takes, in bytes. A transport never splits. */
  readonly maxFrameBytes: number;
  /** A node that the topology does not list may join without a port, and is answered: by any node that it can reach, asked or not. False unless said. */
  readonly clients?: boolean;
  /** `status$` tells when single nodes are `connected` and `disconnected`. False unless said. */
  readonly tellsPeers?: boolean;
}

/**
 * Carries frames between nodes. It may lose, duplicate, delay and reorder them; protocols assume no more.
 *
 * To ensure correctness:
 * - a frame arrives whole or not at all, and unchanged;
 * - `send` never throws, blocks or calls back into `inbound$` synchronously; every queue is bounded, and what does not fit is
 *   dropped and counted; a slow or absent peer never delays another;
 * - a frame handed to `send` belongs to the transport, a frame from `inbound$` to the subscriber: neither side reuses it.
 *
 * `transportSuite` of `@synod/core/testing` proves a transport.
 */
export interface Transport {
  /** Frames from other nodes, never from this one. */
  readonly inbound$: Observable<Uint8Array>;
  readonly status$: Observable<TransportStatus>;
  readonly capabilities: TransportCapabilities;
  /**
   * Completes once frames can be received. Peers may be absent. Fails with a `SynodError` if a listed node of this name is up
   * already, which goes on; and after `stop`. To call it twice changes nothing.
   */
  start(): ObservableInput<unknown>;
  /** False if the frame was dropped at once, as one over the limit is. True promises nothing. Before `start` and after `stop`: false. */
  send(node: string, frame: Uint8Array): boolean;
  /** Completes when nothing is left open; never waits for a peer. Nothing arrives afterwards. At any time, and as often as one likes. */
  stop(): ObservableInput<unknown>;
  /** The library's own object, for what this port does not cover. */
  unwrap(): unknown;
}
