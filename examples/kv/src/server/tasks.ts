import type { Reply } from '../store/reply.js';
import type { Request } from '../store/request.js';

/** A command of a connection, waiting for its turn. */
export type Task = StoreTask | DoorTask;

interface Waiting {
  /** What it weighs while it waits. */
  readonly bytes: number;
}

/** Goes to the store; neighbours of one kind go together. */
export interface StoreTask extends Waiting {
  readonly access: 'write' | 'read' | 'local';
  readonly request: Request;
  /** Makes the client's reply of the store's. */
  readonly finish?: (reply: Reply) => Reply;
}

/** Is answered at the door. */
export interface DoorTask extends Waiting {
  readonly access: 'door';
  readonly run: () => Reply | Promise<Reply>;
  /** QUIT: the connection ends behind the reply. */
  readonly last?: true;
}

export const answer = (reply: Reply): DoorTask => ({ access: 'door', bytes: 0, run: () => reply });

/** Waiting tasks in order, with what they weigh. */
export class TaskQueue {
  #tasks: Task[] = [];
  #bytes = 0;

  get length(): number {
    return this.#tasks.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(task: Task): void {
    this.#tasks.push(task);
    this.#bytes += task.bytes;
  }

  /** One door task, or the longest run of store tasks of one kind within the bounds. */
  take(maxCount: number, maxBytes: number): readonly Task[] {
    const access = this.#tasks[0]?.access;
    let count = 0;
    let bytes = 0;
    for (const task of this.#tasks) {
      const alone = task.access === 'door' || bytes + task.bytes > maxBytes;
      if (task.access !== access || count === maxCount || (alone && count > 0)) break;
      bytes += task.bytes;
      count++;
    }
    this.#bytes -= bytes;
    return this.#tasks.splice(0, count);
  }

  /** Tasks that were taken and not done go back to the head. */
  putBack(tasks: readonly Task[]): void {
    if (tasks.length === 0) return;
    this.#tasks.unshift(...tasks);
    for (const { bytes } of tasks) this.#bytes += bytes;
  }

  /** Replaces what waits for the store. */
  refuse(reply: Reply): void {
    this.#tasks = this.#tasks.map((task) => (task.access === 'door' ? task : answer(reply)));
    this.#bytes = this.#tasks.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
