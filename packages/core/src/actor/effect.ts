import type { Address } from './address.js';
import type { Message } from './envelope.js';

/** What happened, for people and for checkers. `event` names it; the rest is plain data. */
export interface TraceEvent {
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
  | { readonly effect: 'trace'; readonly event: TraceEvent };

/** How a role's rules say what shall happen: one method per effect, in the order of the calls. */
export class Effects {
  constructor(private readonly emit: (effect: Effect) => void) {}

  send(to: Address, message: Message): void {
    this.emit({ effect: 'send', to, message });
  }

  persist(record: Uint8Array): void {
    this.emit({ effect: 'persist', record });
  }

  checkpoint(state: Iterable<Uint8Array>, then: Message): void {
    this.emit({ effect: 'checkpoint', state, then });
  }

  /** `delay` in ms. */
  startTimer(name: string, delay: number, message: Message): void {
    this.emit({ effect: 'startTimer', name, delay, message });
  }

  stopTimer(name: string): void {
    this.emit({ effect: 'stopTimer', name });
  }

  /** Call it only where `context.tracing` holds: an event that nobody reads must not be built. */
  trace(event: TraceEvent): void {
    this.emit({ effect: 'trace', event });
  }
}
