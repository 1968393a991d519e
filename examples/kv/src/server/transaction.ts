import { Failure, OK, type Reply, Status, wrongArity } from '../store/reply.js';
import { type Call, requestSize, type Transaction } from '../store/request.js';
import { LIMITS } from './limits.js';
import { answer, type DoorTask, type Task } from './tasks.js';

const QUEUED = new Status('QUEUED');
const ABORTED = new Failure('EXECABORT Transaction discarded because of previous errors.');

export const TRANSACTION_COMMANDS: ReadonlyMap<string, number> = new Map([
  ['MULTI', 1],
  ['EXEC', 1],
  ['DISCARD', 1],
  ['WATCH', -2],
  ['UNWATCH', 1],
]);

/** A queued command: the store's, or what the door answers to it. */
type Queued = Call | (() => Reply);

/** MULTI … EXEC of one connection. Commands queue here; EXEC sends them as one command, so nothing comes between them. */
export class TransactionState {
  #queued: Queued[] | undefined;
  #bytes = 0;
  #broken = false;

  get open(): boolean {
    return this.#queued !== undefined;
  }

  queue(queued: Queued): Task {
    if (typeof queued === 'object') this.#bytes += requestSize(queued);
    if (this.#bytes > LIMITS.commandBytes || this.#queued!.length >= LIMITS.words)
      return this.fail(new Failure(`ERR transaction too large: at most ${LIMITS.commandBytes} bytes and ${LIMITS.words} commands`));
    this.#queued!.push(queued);
    return answer(QUEUED);
  }

  /** A command that cannot be queued: EXEC will do nothing. */
  fail(failure: Failure): Task {
    if (this.open) {
      this.#broken = true;
      this.#queued = [];
      this.#bytes = 0;
    }
    return answer(failure);
  }

  command(name: string, args: number): Task {
    if (name === 'WATCH' ? args === 0 : args !== 0) return this.fail(wrongArity(name));
    switch (name) {
      case 'MULTI':
        if (this.open) return answer(new Failure('ERR MULTI calls can not be nested'));
        this.#queued = [];
        return answer(OK);
      case 'EXEC':
        return this.#exec();
      case 'DISCARD':
        if (!this.open) return answer(new Failure('ERR DISCARD without MULTI'));
        this.#close();
        return answer(OK);
      case 'WATCH':
        if (this.open) return answer(new Failure('ERR WATCH inside MULTI is not allowed'));
        return answer(new Failure('ERR WATCH is not supported; MULTI and EXEC are, and so are SET with NX, XX and GET'));
      default:
        return answer(OK);
    }
  }

  #exec(): Task {
    if (this.#queued === undefined) return answer(new Failure('ERR EXEC without MULTI'));
    const [queued, broken] = [this.#queued, this.#broken];
    this.#close();
    return broken ? answer(ABORTED) : execution(queued);
  }

  #close(): void {
    this.#queued = undefined;
    this.#bytes = 0;
    this.#broken = false;
  }
}

const execution = (queued: readonly Queued[]): Task => {
  const calls = queued.filter((each) => typeof each === 'object');
  const doorOnly: DoorTask = { access: 'door', bytes: 0, run: () => queued.map((each) => (typeof each === 'function' ? each() : null)) };
  if (calls.length === 0) return doorOnly;
  const request: Transaction = { transaction: calls };
  return {
    access: calls.some(({ command }) => command.access === 'write') ? 'write' : 'read',
    request,
    bytes: requestSize(request),
    finish: (reply) => {
      if (!Array.isArray(reply)) return reply;
      const replies: Reply[] = [...reply].reverse();
      return queued.map((each) => (typeof each === 'function' ? each() : replies.pop()!));
    },
  };
};
