import type { Address } from './address.js';
import type { Message } from './envelope.js';

/**
 * What a role did or came to know, for people and for checkers: `event` names it, the rest is plain data. On `node.trace$` it is told
 * with when and where: a `TracedEvent`.
 */
export interface TraceEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** What an operator wants to hear of: a leader change, a catch-up, a refusal with its reason. Rare. */
export interface Notice {
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** All that an actor can do. Nothing happens by any other way. */
export type Effect =
  /** Leaves once everything this actor persisted before it is durable. */
  | { readonly effect: 'send'; readonly to: Address; readonly message: Message }
  /** Joins the node's log. At the next start the actor finds it in `recovered.records`. */
  | { readonly effect: 'persist'; readonly record: Uint8Array }
  /** Replaces everything persisted before it, once durable; then the actor receives `then`. `state` is pulled little by little. */
  | { readonly effect: 'checkpoint'; readonly state: Iterable<Uint8Array>; readonly then: Message }
  /** After `delay` ms the actor receives `message`. The same name replaces. */
  | { readonly effect: 'startTimer'; readonly name: string; readonly delay: number; readonly message: Message }
  | { readonly effect: 'stopTimer'; readonly name: string }
  /** Something an operator wants to hear of; appears on `node.events$`. */
  | { readonly effect: 'notify'; readonly notice: Notice }
  | { readonly effect: 'trace'; readonly event: TraceEvent };

/** How a role's rules say what shall happen: one method per effect, in the order of the calls. `Out`: what it may say. */
export class Effects<Out extends Message = Message> {
  constructor(private readonly emit: (effect: Effect) => void) {}

  send(to: Address, message: Out): void {
    this.emit({ effect: 'send', to, message });
  }

  persist(record: Uint8Array): void {
    this.emit({ effect: 'persist', record });
  }

  checkpoint(state: Iterable<Uint8Array>, then: Out): void {
    this.emit({ effect: 'checkpoint', state, then });
  }

  /** `delay` in ms. */
  startTimer(name: string, delay: number, message: Out): void {
    this.emit({ effect: 'startTimer', name, delay, message });
  }

  stopTimer(name: string): void {
    this.emit({ effect: 'stopTimer', name });
  }

  notify(notice: Notice): void {
    this.emit({ effect: 'notify', notice });
  }

  /** Call it only where `context.tracing` holds: an event that nobody reads must not be built. */
  trace(event: TraceEvent): void {
    this.emit({ effect: 'trace', event });
  }
}
