import type { TraceEvent } from '../../actor/effect.js';
import type { Ballot } from '../ballot.js';
import type { IgnoreEvent } from '../trace-events.js';

/** What the roles of the register trace: the steps of `consensus/trace-events.ts`, of one key instead of slots. States are encoded. */
export type RegisterEvent = PromiseEvent | VoteEvent | EraseEvent | ProposeEvent | ChooseEvent | FenceEvent | IgnoreEvent;

interface KeyEvent extends TraceEvent {
  readonly key: string;
  readonly ballot: Ballot;
}

/** An acceptor will vote for no lower ballot. */
export interface PromiseEvent extends KeyEvent {
  readonly event: 'promise';
}

/** An acceptor votes, and promises `next` with it if there is one. */
export interface VoteEvent extends KeyEvent {
  readonly event: 'vote';
  readonly next: Ballot;
  readonly state: Uint8Array;
}

/** An acceptor forgets a key that was the tombstone of `ballot`. */
export interface EraseEvent extends KeyEvent {
  readonly event: 'erase';
}

/** A proposer begins phase 2. `from`: the version of the state that it found. */
export interface ProposeEvent extends KeyEvent {
  readonly event: 'propose';
  readonly from: number;
  readonly state: Uint8Array;
}

/** A proposer has heard the votes of a phase-2 quorum. */
export interface ChooseEvent extends KeyEvent {
  readonly event: 'choose';
  readonly state: Uint8Array;
}

/** A proposer forgets what it knows of a key that is deleted at `ballot`. */
export interface FenceEvent extends KeyEvent {
  readonly event: 'fence';
}
