import type { At, StateMachine } from '../replication/state-machine.js';
import { digestText, extendDigest } from '../transport/digest.js';

/** Adds `op` to the list. */
export interface Append {
  readonly op: string;
}

/** Told what a replica does. */
export interface ReplicaRecorder {
  applied(at: At, op: string, position: number, digest: number): void;
  restored(ops: readonly string[], digest: number): void;
}

/**
 * The state machine of simulations: a list that only grows. Its state is its whole history, so what was executed, in which
 * order, and how often, can all be read from it.
 */
export class RecordingMachine implements StateMachine<Append, number, 'count', number> {
  #ops: string[] = [];
  #digest = 0;

  constructor(private readonly recorder: ReplicaRecorder) {}

  /** The place of the command in the list. */
  apply({ op }: Append, at: At): number {
    const position = this.#ops.push(op) - 1;
    this.#digest = extendDigest(this.#digest, digestText(op));
    this.recorder.applied(at, op, position, this.#digest);
    return position;
  }

  query(): number {
    return this.#ops.length;
  }

  snapshot(): Iterable<Uint8Array> {
    // A prefix of a list that only grows is a frozen view of it.
    return pieces(this.#ops, this.#ops.length);
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const decoder = new TextDecoder();
    let text = '';
    for (const piece of pieces) text += decoder.decode(piece, { stream: true });
    this.#ops = text.split('\n').slice(0, -1);
    this.#digest = this.#ops.reduce((digest, op) => extendDigest(digest, digestText(op)), 0);
    this.recorder.restored(this.#ops, this.#digest);
  }
}

const OPS_A_PIECE = 64;

function* pieces(ops: readonly string[], length: number): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  for (let at = 0; at < length; at += OPS_A_PIECE)
    yield encoder.encode(`${ops.slice(at, Math.min(length, at + OPS_A_PIECE)).join('\n')}\n`);
}
