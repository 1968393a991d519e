import type { RecoveredRole } from '../actor/actor.js';
import type { Address } from '../actor/address.js';
import type { TraceEvent } from '../actor/effect.js';
import type { Envelope } from '../actor/envelope.js';
import type { GroupStatus } from './protocol.js';

/** What a crash leaves of what was not synced. Of a killed process the kernel keeps all; a power cut keeps any part. */
export type Crash = 'kill' | 'power cut';

/** A replica executed a command. */
export interface Applied {
  readonly node: string;
  /** Which life of the node, counted from 1. */
  readonly life: number;
  readonly slot: number;
  /** Log time, ms. */
  readonly time: number;
  /** The command's own id, unique in the simulation. */
  readonly op: string;
  /** How many commands the replica had executed before, all its lives together. */
  readonly position: number;
  /** Of the replica's state after the command. */
  readonly digest: number;
}

/** A replica took over a snapshot: its own after a restart, or another's. */
export interface Restored {
  readonly node: string;
  readonly life: number;
  /** All commands in it, in order. */
  readonly ops: readonly string[];
  readonly digest: number;
}

/** What a client asked for, and what became of it. */
export interface Operation {
  readonly id: string;
  readonly client: string;
  /** The node it was handed to. */
  readonly node: string;
  /** What was asked for, in the words of the workload; plain data. */
  readonly op: string;
  /** What it touches, where that is one thing. */
  readonly key?: string;
  readonly arg?: unknown;
  /** ms. */
  readonly invokedAt: number;
  readonly answeredAt?: number;
  readonly outcome: Outcome;
  /** Present if done. */
  readonly result?: unknown;
  /** Why it was not done, or is unknown. */
  readonly reason?: string;
}

/** `refused` promises that it never happened and never will; `unknown` promises nothing. */
export type Outcome = 'pending' | 'done' | 'refused' | 'unknown';

/**
 * Sees all that happens in a world, across crashes: what it remembers, no crash takes away. Every method is called at the
 * moment of the event, in the middle of a node's turn, and must only look.
 */
export interface Observer {
  /** The events that `traced` is told of; all unless said. What nobody asks for costs nothing. */
  readonly traces?: readonly string[];
  /** The kinds of message that `received` is told of; all unless said. */
  readonly hears?: readonly string[];
  booted?(node: string, life: number): void;
  crashed?(node: string, how: Crash): void;
  /** The disk of a node was lost, and with it all that the node promised. It must not promise or vote again. */
  wiped?(node: string): void;
  applied?(event: Applied): void;
  restored?(event: Restored): void;
  /** What a node itself traced: promises, votes, decisions. */
  traced?(node: string, event: TraceEvent): void;
  /** An actor that is recalled begins a life with what it finds of its earlier ones. */
  recovered?(actor: Address, recovered: RecoveredRole): void;
  /** An actor that is overheard takes a message from its mailbox: the sender has let it go, and nothing may take it back. */
  received?(envelope: Envelope): void;
  /** A node says something to its operator. */
  logged?(node: string, level: LogLevel, message: string): void;
  invoked?(operation: Operation): void;
  answered?(operation: Operation): void;
  /** Now and then, what a running node shows of itself. */
  sampled?(node: string, sample: Sample): void;
  /** The faults are over, all nodes run and hold the same state. */
  converged?(): void;
}

export type LogLevel = 'info' | 'warn' | 'error';

/** What is looked at in samples of a node's status. */
export interface Sample {
  /** Messages that wait for a turn. */
  readonly queue: number;
  readonly groups: Readonly<Record<string, GroupStatus>>;
}

/** Says in words what must not be. */
export type Report = (violation: string) => void;

/** A property of all histories. */
export interface Invariant {
  /** Of ours, as in docs/protocols.md §11; a verdict tells it. */
  readonly name: string;
  /** The roles whose mailboxes it looks into: `received` tells of these. */
  readonly overhears?: readonly string[];
  /** The roles whose memories it looks into: `recovered` tells of these. */
  readonly recalls?: readonly string[];
  watch(report: Report): Observer;
}

/** A kind of thing that histories should contain: what never occurred was never tested. */
export interface Coverage {
  readonly name: string;
  /** As of an invariant. */
  readonly overhears?: readonly string[];
  readonly recalls?: readonly string[];
  /** `seen` is to be called once for every occurrence. */
  watch(seen: () => void): Observer;
}
