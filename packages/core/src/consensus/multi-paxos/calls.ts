import type { QueryOptions } from '../../replication/client.js';

/** Tells a caller the end of it. */
export interface Settle {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const NOWHERE = -1;

/** A caller that waits. The client makes it, the proposer keeps it and hands back the very object with the outcome; it never leaves its node. */
abstract class Call {
  /** Its place in the client's list of those that wait. */
  place = NOWHERE;

  /** `bytes`: the command or query, encoded. `deadline`: on this node's clock. */
  constructor(
    readonly bytes: Uint8Array,
    readonly deadline: number,
    readonly settle: Settle,
  ) {}
}

export class CommandCall extends Call {}

export class QueryCall extends Call {
  constructor(
    bytes: Uint8Array,
    deadline: number,
    settle: Settle,
    readonly consistency: NonNullable<QueryOptions['consistency']>,
  ) {
    super(bytes, deadline, settle);
  }
}

/** Those that wait. Joining and leaving cost no more than an index, for there are two for every command. */
export class WaitingCalls {
  readonly #calls: (CommandCall | QueryCall)[] = [];

  add(call: CommandCall | QueryCall): void {
    call.place = this.#calls.length;
    this.#calls.push(call);
  }

  /** False if it does not wait, or no longer. */
  remove(call: CommandCall | QueryCall): boolean {
    if (call.place === NOWHERE) return false;
    const last = this.#calls.pop() as CommandCall | QueryCall;
    if (last !== call) {
      this.#calls[call.place] = last;
      last.place = call.place;
    }
    call.place = NOWHERE;
    return true;
  }

  removeAll(): readonly (CommandCall | QueryCall)[] {
    const calls = this.#calls.splice(0);
    for (const call of calls) call.place = NOWHERE;
    return calls;
  }
}
