import type { Observable, Subscription } from 'rxjs';
import { errorFrom, RefusedError, StoppedError } from '../errors.js';
import { UnknownOutcomeError } from '../replication/client.js';
import { digestText } from '../transport/digest.js';
import type { Operation } from '../wiring/observer.js';
import { between, type Delay } from './delay.js';
import type { Host } from './host.js';
import { Layers } from './layers.js';
import type { Invocation } from './linearizability/history.js';
import type { SeededRandom } from './seeded-random.js';
import type { Workload } from './workload.js';
import type { World } from './world.js';

export interface ClientsOptions<Client> {
  readonly workload: Workload<Client>;
  /** How many there are; each asks for one thing at a time. */
  readonly clients: number;
  /** The machines whose nodes they turn to. */
  readonly nodes: readonly string[];
  /** What the node that lives on `host` offers. */
  readonly of: (host: Host) => Client;
  /** How long an operation may take, ms; 2,000 unless said. */
  readonly deadline?: number;
  /** What a client does between an answer and its next operation; 0 to 20 ms unless said. */
  readonly think?: Delay;
}

interface Patience {
  /** ms. */
  readonly deadline: number;
  /** Between an answer and the next operation, whatever the answer. */
  readonly pace: Delay | undefined;
}

/** A client that does not know what became of its operation asks again so often at most, under the same number; many do not. */
const MOST_RETRIES = 2;

/** How long a client waits that was refused or found no node, ms: it must not ask again in the same instant for ever. */
const BACK_OFF = between(5, 50);

/**
 * Clients that ask one thing at a time each, and remember what became of it. A client whose node dies does not know whether its
 * operation happened, and goes on with the next at another node.
 */
export class Clients<Client = unknown> {
  readonly operations: Operation[] = [];
  readonly #random: SeededRandom;
  readonly #patience: Layers<Patience>;
  #now: Patience;
  #running = true;
  #pending = 0;

  constructor(
    private readonly world: World,
    private readonly options: ClientsOptions<Client>,
  ) {
    this.#now = { deadline: options.deadline ?? 2000, pace: undefined };
    this.#patience = new Layers(this.#now, (patience) => {
      this.#now = patience;
    });
    world.clients.push(this as Clients);
    this.#random = world.random.split('clients');
    for (let i = 0; i < options.clients; i++) {
      const client = `client-${i}`;
      this.#next(client, this.#random.split(client), 0, between(0, 10));
    }
  }

  /** How long an operation that begins now may take, ms. */
  get deadline(): number {
    return this.#now.deadline;
  }

  /** Makes all clients give up after `deadline` ms, and if `pace` is said, ask again after that, until what it returns is called. */
  hurry(deadline: number, pace?: Delay): () => void {
    return this.#patience.add((below) => ({ deadline: Math.min(below.deadline, deadline), pace: pace ?? below.pace }));
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

  /** Asks the node of `id` for one thing now, as a client of its own: the workload's probe unless said. Returns the operation's id. */
  ask(id: string, invocation?: Invocation): string {
    const operation = `probe-${this.operations.length}:0`;
    this.#ask(operation, invocation ?? this.options.workload.probe(operation), this.world.host(id), () => {});
    return operation;
  }

  #next(client: string, random: SeededRandom, number: number, wait: Delay): void {
    this.world.scheduler.schedule(() => {
      if (!this.#running) return;
      const { think = between(0, 20), workload, nodes } = this.options;
      const hosts = nodes.map((id) => this.world.host(id)).filter(({ up, paused }) => up && !paused);
      if (hosts.length === 0) {
        this.#next(client, random, number, BACK_OFF);
        return;
      }
      const id = `${client}:${number}`;
      const invocation = workload.next(random, id);
      const host = random.pick(hosts);
      this.#ask(id, invocation, host, (done) => this.#next(client, random, number + 1, this.#now.pace ?? (done ? think : BACK_OFF)));
    }, wait(random));
  }

  #ask(id: string, invocation: Invocation, host: Host, ended: (done: boolean) => void): void {
    const { world } = this;
    const index = this.operations.length;
    const client = id.slice(0, id.indexOf(':'));
    const operation: Operation = { id, client, node: host.id, ...invocation, invokedAt: world.now(), outcome: 'pending' };
    this.operations.push(operation);
    this.#pending++;
    world.trace.record('invoke', host.id, undefined, digestText(id), operation);
    world.observers.invoked(operation);
    let answer: Subscription | undefined;
    let retries = 0;
    const settle = (outcome: Partial<Operation>): void => {
      if (this.operations[index]?.outcome !== 'pending') return;
      // A spread of what holds times, which are fractions, takes ten times as long.
      const answered: Operation = Object.assign({}, operation, { answeredAt: world.now() }, outcome);
      this.operations[index] = answered;
      this.#pending--;
      died.unsubscribe();
      world.trace.record('answer', host.id, answered.outcome, digestText(id), answered);
      world.observers.answered(answered);
      answer?.unsubscribe();
      ended(answered.outcome === 'done');
    };
    const died = host.ended$.subscribe(() => settle({ outcome: 'unknown', reason: 'the node died' }));
    const { readResult } = this.options.workload;
    const await$ = (answer$: Observable<unknown>): void => {
      answer = answer$.subscribe({
        next: (told) => settle({ outcome: 'done', result: readResult === undefined ? told : readResult(told) }),
        complete: () => settle({ outcome: 'unknown', reason: 'no answer' }),
        error: (error) => {
          if (error instanceof UnknownOutcomeError && host.up && retries < this.#retries(id)) {
            retries++;
            await$(error.retry$({ deadline: this.deadline }));
            return;
          }
          // A stopped node takes no question; what was asked before it may have happened.
          const refused = error instanceof RefusedError || (error instanceof StoppedError && retries === 0);
          settle({ outcome: refused ? 'refused' : 'unknown', reason: errorFrom(error).message });
        },
      });
    };
    await$(this.#answer(host, invocation));
  }

  /** How often whoever asked under `id` asks again for an outcome that is unknown. */
  #retries(id: string): number {
    return this.#random.split(`retries ${id}`).below(MOST_RETRIES + 1);
  }

  #answer(host: Host, invocation: Invocation): Observable<unknown> {
    const { workload, of } = this.options;
    return workload.ask(of(host), invocation, this.deadline);
  }
}
