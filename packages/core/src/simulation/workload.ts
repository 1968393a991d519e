import type { Observable, Subscription } from 'rxjs';
import { errorFrom, RefusedError, StoppedError } from '../errors.js';
import { between, type Delay } from './delay.js';
import type { Host } from './host.js';
import type { Operation } from './observer.js';
import type { SeededRandom } from './seeded-random.js';
import { digestText } from './trace.js';
import type { World } from './world.js';

export interface WorkloadOptions {
  /** How many clients there are; each asks for one thing at a time. */
  readonly clients: number;
  /** The machines whose nodes the clients turn to. */
  readonly nodes: readonly string[];
  /** Hands the append of `op` to the node of `host`: emits its place in the list. */
  append(host: Host, op: string): Observable<number>;
  /** Asks the node of `host` for the length of the list. */
  read?(host: Host): Observable<number>;
  /** How many of 1000 operations are reads; none unless said. */
  readonly reads?: number;
  /** What a client does between an answer and its next operation. */
  readonly think?: Delay;
}

/** How long a client waits that was refused or found no node, ms: it must not ask again in the same instant for ever. */
const BACK_OFF = between(5, 50);

/**
 * Clients that ask for uniquely named things, one at a time each, and remember what became of each. A client whose node dies does
 * not know whether its operation happened, and goes on with the next at another node.
 */
export class Workload {
  readonly operations: Operation[] = [];
  #running = true;
  #pending = 0;

  constructor(
    private readonly world: World,
    private readonly options: WorkloadOptions,
  ) {
    const random = world.random.split('workload');
    for (let i = 0; i < options.clients; i++) {
      const client = `client-${i}`;
      this.#next(client, random.split(client), 0, between(0, 10));
    }
  }

  /** Operations without an answer yet. */
  get pending(): number {
    return this.#pending;
  }

  /** No client begins anything new. */
  stop(): void {
    this.#running = false;
  }

  /** How many operations ended in each way. */
  count(outcome: Operation['outcome']): number {
    return this.operations.reduce((sum, operation) => sum + Number(operation.outcome === outcome), 0);
  }

  /** Hands one append to the node of `id` now, as a client of its own. */
  append(id: string, client = `probe-${this.operations.length}`): void {
    this.#invoke(client, 0, 'append', this.world.host(id), () => {});
  }

  #next(client: string, random: SeededRandom, number: number, wait: Delay): void {
    this.world.scheduler.schedule(() => {
      if (!this.#running) return;
      const { think = between(0, 20), reads = 0, read, nodes } = this.options;
      const hosts = nodes.map((id) => this.world.host(id)).filter(({ up, paused }) => up && !paused);
      if (hosts.length === 0) {
        this.#next(client, random, number, BACK_OFF);
        return;
      }
      const kind = read !== undefined && random.chance(reads) ? 'read' : 'append';
      const host = random.pick(hosts);
      this.#invoke(client, number, kind, host, (done) => this.#next(client, random, number + 1, done ? think : BACK_OFF));
    }, wait(random));
  }

  #invoke(client: string, number: number, kind: Operation['kind'], host: Host, ended: (done: boolean) => void): void {
    const { world, options } = this;
    const id = `${client}:${number}`;
    const index = this.operations.length;
    const operation: Operation = { id, client, node: host.id, kind, invokedAt: world.now(), outcome: 'pending' };
    this.operations.push(operation);
    this.#pending++;
    world.trace.record('invoke', host.id, undefined, digestText(id));
    world.observers.invoked(operation);
    let answer: Subscription | undefined;
    const settle = (outcome: Partial<Operation>): void => {
      if (this.operations[index]?.outcome !== 'pending') return;
      const answered = { ...operation, answeredAt: world.now(), ...outcome };
      this.operations[index] = answered;
      this.#pending--;
      died.unsubscribe();
      world.trace.record(answered.outcome, host.id, undefined, digestText(id));
      world.observers.answered(answered);
      answer?.unsubscribe();
      ended(answered.outcome === 'done');
    };
    const died = host.ended$.subscribe(() => settle({ outcome: 'unknown', reason: 'the node died' }));
    const emitted$ = kind === 'read' && options.read !== undefined ? options.read(host) : options.append(host, id);
    answer = emitted$.subscribe({
      next: (result) => settle({ outcome: 'done', result }),
      complete: () => settle({ outcome: 'unknown', reason: 'no answer' }),
      error: (error) => {
        const refused = error instanceof RefusedError || error instanceof StoppedError;
        settle({ outcome: refused ? 'refused' : 'unknown', reason: errorFrom(error).message });
      },
    });
  }
}
