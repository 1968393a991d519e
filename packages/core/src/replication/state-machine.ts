import type { Codec } from './codec.js';

/** Where in the log a command stands. */
export interface At {
  /** The slot, counted from 0. Several commands of one batch share it. */
  readonly index: number;
  /** Log time, ms since the epoch: the same at every replica, and never decreasing. The only clock a state machine may read. */
  readonly time: number;
}

/**
 * What is replicated. Every replica applies the same commands in the same order and must come to the same state: no clock, no
 * chance, no iteration over anything whose order is not itself part of the state.
 *
 * A throw in `apply` stops the node, naming slot and command: a replica that cannot apply what the others did is not a replica.
 * Say no by a result.
 */
export interface StateMachine<Command = unknown, Result = unknown, Query = unknown, Answer = unknown> {
  apply(command: Command, at: At): Result;
  /** Reads, and changes nothing. A throw is the caller's error, and stops nothing. */
  query(query: Query): Answer;
  /** Returns at once; the pieces come from a view that later commands do not change, and are pulled little by little. 64 KiB is a good size. */
  snapshot(): Iterable<Uint8Array>;
  /** Replaces the state. */
  restore(pieces: Iterable<Uint8Array>): void;
  /** Called at the caller's node before anything is sent; a throw refuses the command. */
  validate?(command: Command): void;
  /** The log time of the next thing that must happen by itself, if any. Cheap: asked after every slot. */
  deadline?(): number | undefined;
  /** Log time has come to `time`: do what was due. Called before the commands of a slot, and when a deadline has passed. */
  advance?(time: number): void;
  /** How commands and the rest become bytes; msgpack unless said. */
  readonly codecs?: Partial<StateMachineCodecs<Command, Result, Query, Answer>>;
}

export interface StateMachineCodecs<Command = unknown, Result = unknown, Query = unknown, Answer = unknown> {
  readonly command: Codec<Command>;
  readonly result: Codec<Result>;
  readonly query: Codec<Query>;
  readonly answer: Codec<Answer>;
}
