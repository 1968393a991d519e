import type { Tagged } from './messages.js';

/** What became of a call. */
export type Outcome =
  | { readonly outcome: 'done'; readonly held: Tagged }
  /** Nothing happened and nothing will. */
  | { readonly outcome: 'refused' | 'overloaded' }
  /** This was given to acceptors, and no quorum has said that it holds it. */
  | { readonly outcome: 'unknown'; readonly given: Tagged };

/** A caller that waits. The client makes it, the coordinator keeps it and hands it back with its outcome; it never leaves its node. */
export interface Call {
  readonly wants: { readonly read: true } | { readonly write: Uint8Array } | { readonly again: Tagged };
  /** On this node's clock, ms. */
  readonly deadline: number;
  settle(outcome: Outcome): void;
  /** The node stops: nobody answers any more. */
  stopped(): void;
}
