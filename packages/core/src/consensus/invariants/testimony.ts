import type { RecoveredRole } from '../../actor/actor.js';
import type { Message } from '../../actor/envelope.js';
import type { Entry } from '../../replication/entry.js';
import type { Ballot, Step } from '../ballot.js';

/**
 * How the acceptors of a protocol speak and remember, for checkers that must know what binds them: what others have heard of
 * them, which nothing takes back, and what they find of it when they begin again.
 */
export interface Testimony {
  /** The role that promises and votes. */
  readonly acceptor: string;
  /** The roles that it tells, and the kinds of message in which it does. */
  readonly hearers: readonly string[];
  readonly kinds: readonly string[];
  /** What an acceptor that sends this message says of itself; undefined if it says nothing. */
  told(message: Message): Told | undefined;
  /** What an acceptor begins a life with. */
  began(recovered: RecoveredRole): Memory;
}

/** It has promised `ballot`, and, where slots are named, voted at it for `count` consecutive ones from `first` on. */
export interface Told {
  readonly ballot: Step;
  readonly first?: number;
  readonly count?: number;
}

/** What an acceptor knows when a life begins. */
export interface Memory {
  readonly promised: Ballot;
  /** The last vote of each slot from `truncatedBelow` on. */
  readonly votes: Iterable<{ readonly slot: number; readonly ballot: Step; readonly entry: Entry }>;
  readonly truncatedBelow: number;
}
