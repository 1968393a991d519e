import type { Socket } from 'node:net';
import { Failure, type Reply } from '../store/reply.js';
import type { Door } from './door.js';
import { Interpreter } from './interpreter.js';
import { LIMITS } from './limits.js';
import { failureFrom, unavailable } from './outcome.js';
import { ProtocolError } from './protocol-guard.js';
import { RequestReader } from './request-reader.js';
import { toResp } from './resp.js';
import { type StoreTask, type Task, TaskQueue } from './tasks.js';

/**
 * One client. Its commands take effect and are answered in order: one batch at a time is on its way to the store, and what comes
 * in meanwhile gathers for the next. Writes side by side become one command of the log, reads one query.
 */
export class Connection {
  readonly #tasks = new TaskQueue();
  readonly #reader: RequestReader;
  readonly #guest;
  #out = '';
  #running = false;
  #ending = false;
  #waitingBytes = 0;

  constructor(
    private readonly door: Door,
    private readonly socket: Socket,
  ) {
    this.#guest = door.enter(`${socket.remoteAddress}:${socket.remotePort}`);
    const interpreter = new Interpreter(door, this.#guest);
    this.#reader = new RequestReader((words) => {
      if (!this.#ending) this.#enqueue(interpreter.interpret(words));
    });
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => {
      this.#ending = true;
      if (!this.#running) socket.end();
    });
    // A client that goes away is no event; what it sent is carried out, as in Redis.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#ending = true;
      door.guests.delete(this.#guest);
    });
  }

  #received(chunk: Buffer): void {
    if (this.#ending) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#enqueue({ access: 'door', bytes: 0, run: () => new Failure(`ERR Protocol error: ${error.message}`), last: true });
    }
    if (this.#full()) this.socket.pause();
    if (!this.#running) void this.#run();
  }

  #enqueue(task: Task): void {
    this.#tasks.push(task);
    if ('last' in task) this.#ending = true;
  }

  #full(): boolean {
    return this.#tasks.length > LIMITS.waitingCommands || this.#tasks.bytes + this.#waitingBytes > LIMITS.waitingBytes;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#tasks.length > 0 && !this.socket.destroyed) {
      const tasks = this.#tasks.take(LIMITS.batchCommands, LIMITS.batchBytes);
      const [first] = tasks as [Task];
      if (first.access === 'door') {
        const reply = first.run();
        if (reply instanceof Promise) this.#flush();
        this.#out += toResp(reply instanceof Promise ? await reply.catch(failureFrom) : reply);
        if (first.last) break;
      } else {
        this.#flush();
        const batch = tasks as readonly StoreTask[];
        this.#waitingBytes = batch.reduce((sum, { bytes }) => sum + bytes, 0);
        const replies = await this.#perform(first.access, batch);
        this.#waitingBytes = 0;
        for (const [i, reply] of replies.entries()) {
          const { finish } = batch[i]!;
          this.#out += toResp(finish === undefined ? reply : finish(reply));
        }
        this.#tasks.putBack(batch.slice(replies.length));
      }
      if (this.#out.length > LIMITS.batchBytes) this.#flush();
      if (this.socket.writableLength > LIMITS.unsentBytes) await this.#drained();
      if (this.socket.isPaused() && !this.#full()) this.socket.resume();
    }
    this.#flush();
    this.#running = false;
    if (this.#ending) this.socket.end();
  }

  async #perform(access: StoreTask['access'], batch: readonly StoreTask[]): Promise<readonly Reply[]> {
    const { client } = this.door.backend;
    const requests = batch.map(({ request }) => request);
    try {
      if (access === 'write') return await client.submit(requests);
      return await client.query(requests, { consistency: access === 'read' ? 'linearizable' : 'local' });
    } catch (error) {
      const failure = failureFrom(error);
      // Order is promised: nothing that came in behind a write may overtake it, and this one may still be on its way.
      if (failure.error.startsWith('TIMEOUT'))
        this.#tasks.refuse(unavailable('the outcome of the command before it is unknown, so nothing happened'));
      return batch.map(() => failure);
    }
  }

  /** Everything that there is to say, in one write. */
  #flush(): void {
    if (this.#out === '' || this.socket.destroyed) return;
    this.socket.write(this.#out, 'latin1');
    this.#out = '';
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }
}
