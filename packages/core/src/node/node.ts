import type { Observable } from 'rxjs';
import type { Envelope } from '../actor/envelope.js';
import type { TracedEvent } from '../actor/tracer.js';
import type { Group } from '../wiring/group.js';
import type { GroupStatus } from '../wiring/protocol.js';

export interface NodeStatus {
  readonly node: string;
  readonly state: 'starting' | 'running' | 'stopped' | 'failed';
  readonly groups: Readonly<Record<string, GroupStatus>>;
  /** Messages that actors of this node took from their mailboxes, since the start. */
  readonly handled: number;
  /** Messages waiting for a turn. */
  readonly queue: number;
  /** Records that are not durable yet. */
  readonly unsynced: number;
  readonly peers: Readonly<Record<string, 'connected' | 'disconnected'>>;
  /** ms that the last status timer came late. */
  readonly lag: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** What an operator wants to hear of: leader changes, catch-ups, drops, refusals with their reasons. */
export interface NodeEvent {
  readonly event: string;
  readonly group?: string;
  readonly [detail: string]: unknown;
}

export interface Node {
  readonly id: string;
  /** Opens the storage, recovers the actors, starts the transport; completes when the node runs. */
  start$(): Observable<never>;
  /** What the group's protocol offers its clients. Throws `ConfigurationError` if the group is not part of this node. */
  of<Client>(group: Group<Client>): Client;
  status(): NodeStatus;
  /** The status, four times a second while subscribed to. Completes when the node stops or fails, with a last one that says so. */
  readonly status$: Observable<NodeStatus>;
  readonly events$: Observable<NodeEvent>;
  /** Emits once if the node fails, and replays it. A failed node does nothing more; start a new one. */
  readonly failure$: Observable<Error>;
  /** Messages to addresses that are not here. */
  readonly deadLetters$: Observable<Envelope>;
  /**
   * What happens on this node, as it happens: as much as `TRACING` says, nothing unless it is bound. Whoever subscribes must only look.
   * `traceLine` makes a line of JSON of an event, `Transcript` a story of all.
   */
  readonly trace$: Observable<TracedEvent>;
  /** Completes when nothing is left open. What was acknowledged stays. */
  stop$(): Observable<never>;
}

/** A node that `startNode` has started. */
export interface RunningNode extends Node {
  stop(): Promise<void>;
}
