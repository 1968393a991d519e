import type { ServiceIdentifier } from 'inversify';
import type { Observable } from 'rxjs';
import type { Actor } from '../actor/actor.js';
import type { Message } from '../actor/envelope.js';
import type { MessageCodec } from '../transport/message-codec.js';
import type { Topology } from './topology.js';

/** A snapshot of one group on one node, put together from what its roles show; fields depend on the protocol. */
export interface GroupStatus {
  readonly roles: readonly string[];
  /** The node that leads, as far as this node knows. */
  readonly leader?: string;
  /** The ballot that leads, for people. */
  readonly ballot?: string;
  /** All slots below it are chosen. */
  readonly chosen?: number;
  /** All slots below it are executed here. */
  readonly applied?: number;
  readonly [detail: string]: unknown;
}

/** Gathers what a role shows, by role. */
export type Gauges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface RoleDefinition {
  readonly name: string;
  /** What the role takes from other nodes, by kind; the order is the wire format. */
  readonly messages: Readonly<Record<string, MessageCodec>>;
  /** Whether a node that is not in the topology plays it: the client's way in. */
  readonly onClients: boolean;
  /** Where the group's container finds the actor, which takes `messages` and local ones; asked for only where the role is played. */
  readonly actor: ServiceIdentifier<Actor<never>>;
}

/** How the client of a group on this node reaches the protocol. */
export interface ClientPort {
  /**
   * Hands a message to the entry role of this node. Throws `StoppedError` if the node does not run, `OverloadedError` if its queue is
   * full, and `RefusedError` (`NO_ENTRY_ROLE`) if it does not play that role.
   */
  send(message: Message): void;
  /** What the roles of this node send to `context.address('client')`. Completes when the node stops or fails: nobody answers any more. */
  readonly replies$: Observable<Message>;
  /**
   * Runs `work` when the code that runs now is through: to send together what comes together. Throws `StoppedError` if the node
   * does not run.
   */
  soon(work: () => void): void;
  /** ms on the clock that the roles of this node see. */
  now(): number;
}

/** A way for nodes to agree, as a plug-in. Its actors and its client are resolved from the group's container. */
export interface Protocol<Client = unknown> {
  /** Name and version: nodes that differ in it do not understand each other. */
  readonly name: string;
  /** In the order of the wire format: only ever append. */
  readonly roles: readonly RoleDefinition[];
  /** The role that takes what clients want. */
  readonly entry: string;
  /** Throws `ConfigurationError` if the roles are not played as the protocol needs. */
  validate(topology: Topology): void;
  /** What besides the name all nodes must agree on, such as the quorums. */
  fingerprint(topology: Topology): string;
  client(port: ClientPort): Client;
  /** One picture of a group from what its roles show. */
  status(gauges: Gauges): Readonly<Record<string, unknown>>;
}

export const PROTOCOL = Symbol.for('@synod/core/protocol') as ServiceIdentifier<Protocol>;
