import type { Observable } from 'rxjs';
import type { Address } from './address.js';
import type { Effect } from './effect.js';
import type { Envelope, Message } from './envelope.js';
import type { Logger } from './logger.js';
import type { Random } from './random.js';

/** What an actor persisted in its earlier lives, oldest first. */
export interface RecoveredRole {
  /** The newest durable checkpoint, in the pieces in which it was written. */
  readonly checkpoint?: Iterable<Uint8Array>;
  /** What was persisted after that checkpoint. */
  readonly records: Iterable<Uint8Array>;
}

/** What an actor may know of the world. Nothing here waits and nothing here is shared between actors. */
export interface ActorContext {
  readonly self: Address;
  /** Minted with the node's data directory; another value under the same name is another node. */
  readonly generation: string;
  readonly random: Random;
  readonly logger: Logger;
  /** Whether anybody reads trace events. */
  readonly tracing: boolean;
  /** To be read while the actor is subscribed to. Afterwards it is gone, so that nothing keeps it: then it throws `ConfigurationError` (`LATE_ACTOR`). */
  readonly recovered: RecoveredRole;
  /** What this actor shows of itself in the node's status: plain fields, overwritten at will. */
  readonly gauges: Record<string, unknown>;
  /** ms, monotonic; virtual in a simulation. Only differences mean anything. */
  now(): number;
  /** ms since the epoch, as this machine believes; may jump. Never decide safety by it. */
  wallClock(): number;
  /** The address of a role of the same group; on this node if none is named. */
  address(role: string, node?: string): Address;
}

/** An actor is an operator: it turns the messages in its mailbox into effects. */
export type Actor<In extends Message = Message> = (mailbox$: Observable<Envelope<In>>, context: ActorContext) => Observable<Effect>;

/** Wraps an actor: to tap, delay, filter or meter it without touching it. */
export type ActorDecorator = (actor: Actor) => Actor;
