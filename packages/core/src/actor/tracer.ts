import { type Observable, Subject } from 'rxjs';
import type { Address } from './address.js';
import type { TraceEvent } from './effect.js';
import type { Envelope } from './envelope.js';

/**
 * How much of what happens `node.trace$` tells. `off`: nothing, and then nothing is built. `rules`: what roles trace of themselves,
 * such as a promise or a vote. `messages`: besides, every message and record on its way.
 */
export type Tracing = 'off' | 'rules' | 'messages';

export const TRACING_LEVELS: readonly Tracing[] = ['off', 'rules', 'messages'];

/**
 * Something that happened, as it is traced: plain data, the same on a node and in a simulation. What a role traced has its own
 * fields besides. At the level `messages` there are also:
 *
 * - `send`: `message` of `role` left the gate, for `to`; it binds from now on. `awaited`: it waited for all records below this position.
 *   A message of an actor to itself, such as a timer's, is told only when it is delivered.
 * - `deliver`: `role` takes `message`, which came `from` an address, from its mailbox.
 * - `drop`: a `message` came to nothing, for a `reason`: `role` had sent it `to` an address, or should have had it `from` one. Without a
 *   `message`, a frame that this node could not read.
 * - `persist`: `role` gave `record` to the journal, at `position`.
 * - `durable`: an append of so many `records` ended: all `below` this position is durable.
 *
 * Roles give their own events other names than these.
 */
export interface TracedEvent extends TraceEvent {
  /** ms on the node's monotonic clock; in a simulated world's trace, since the world began. */
  readonly at: number;
  /** `*` for all nodes of a simulated world. */
  readonly node: string;
  readonly group?: string;
  readonly role?: string;
}

const MESSAGE_EVENTS: ReadonlySet<string> = new Set(['send', 'deliver', 'drop', 'persist', 'durable']);

/** Whether it is told at the level `messages` alone. */
export const isMessageEvent = ({ event }: TraceEvent): boolean => MESSAGE_EVENTS.has(event);

/** Builds the events of a node's trace. Callers ask `messages` before they call what tells of messages. */
export class Tracer {
  readonly rules: boolean;
  readonly messages: boolean;
  readonly #events$ = new Subject<TracedEvent>();
  readonly events$: Observable<TracedEvent> = this.#events$;

  constructor(
    private readonly node: string,
    level: Tracing,
    private readonly now: () => number,
  ) {
    this.rules = level !== 'off';
    this.messages = level === 'messages';
  }

  /** What a role traced. */
  rule({ group, role }: Address, event: TraceEvent): void {
    if (this.rules) this.#events$.next({ at: this.now(), node: this.node, group, role, ...event });
  }

  send({ from: { group, role }, to, message }: Envelope, awaited?: number): void {
    const event = { at: this.now(), node: this.node, event: 'send', group, role, to, message };
    this.#events$.next(awaited === undefined ? event : { ...event, awaited });
  }

  deliver({ from, to: { group, role }, message }: Envelope): void {
    this.#events$.next({ at: this.now(), node: this.node, event: 'deliver', group, role, from, message });
  }

  drop({ from, to, message }: Envelope, reason: string): void {
    const mine = from.node === this.node ? from : to;
    const other = mine === from ? { to } : { from };
    const { group, role } = mine;
    this.#events$.next({ at: this.now(), node: this.node, event: 'drop', group, role, ...other, message, reason });
  }

  /** A frame that is not for this node, or that it cannot read. */
  dropFrame(reason: string): void {
    this.#events$.next({ at: this.now(), node: this.node, event: 'drop', reason });
  }

  persist({ group, role }: Address, position: number, record: Uint8Array): void {
    this.#events$.next({ at: this.now(), node: this.node, event: 'persist', group, role, position, record });
  }

  durable(below: number, records: number): void {
    this.#events$.next({ at: this.now(), node: this.node, event: 'durable', below, records });
  }

  end(): void {
    this.#events$.complete();
  }
}
