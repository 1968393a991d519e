import type { Actor, ActorContext, Address, Effect, Envelope, Message } from '@synod/core';
import { AddressBook, type Effects, react, silentLogger } from '@synod/core';
import { SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import { EMPTY, type Observable, Subject } from 'rxjs';
import type { Journal, JournalRecord } from '../../../packages/core/src/actor/gate.js';
import { ActorSystem } from '../../../packages/core/src/actor/system.js';
import { Tracer, type Tracing } from '../../../packages/core/src/actor/tracer.js';

export interface Say extends Message {
  readonly kind: 'say';
  readonly text: string;
}

export const say = (text: string): Say => ({ kind: 'say', text });

/** What an actor of a test does with what it is told. */
export type Handler = (text: string, effects: Effects, context: ActorContext, from: Address) => void;

export const handling = (handle: Handler, start?: (effects: Effects, context: ActorContext) => void): Actor =>
  react<Say>((context, effects) => ({
    start: () => start?.(effects, context),
    say: ({ text }, from) => handle(text, effects, context, from),
  })) as Actor;

/** A journal whose appends and checkpoints become durable when the test says so, or at once. */
export class HeldJournal implements Journal {
  readonly appends: string[][] = [];
  readonly checkpoints: { role: string; covers: number; state: string }[] = [];
  readonly #held: Subject<never>[] = [];
  readonly #heldCheckpoints: Subject<never>[] = [];

  /** `mode`: whether appends and checkpoints complete within the call. */
  constructor(
    private readonly log: string[],
    public mode: 'held' | 'synchronous' = 'held',
  ) {}

  append(records: readonly JournalRecord[]): Observable<never> {
    const texts = records.map(({ role, bytes }) => `${role.split('/')[1]}:${text(bytes)}`);
    this.appends.push(texts);
    this.log.push(`append ${texts.join(' ')}`);
    return this.#outcome(this.#held);
  }

  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Observable<never> {
    this.checkpoints.push({ role, covers, state: [...state].map(text).join('') });
    this.log.push(`checkpoint ${role.split('/')[1]}`);
    return this.#outcome(this.#heldCheckpoints);
  }

  durable(): void {
    this.log.push('durable');
    this.#take(this.#held).complete();
  }

  checkpointDurable(): void {
    this.#take(this.#heldCheckpoints).complete();
  }

  breakDown(error: unknown): void {
    this.#take(this.#held).error(error);
  }

  #outcome(held: Subject<never>[]): Observable<never> {
    if (this.mode === 'synchronous') return EMPTY;
    const outcome = new Subject<never>();
    held.push(outcome);
    return outcome;
  }

  #take(held: Subject<never>[]): Subject<never> {
    const outcome = held.shift();
    if (outcome === undefined) throw new Error('nothing is under way at the journal');
    return outcome;
  }
}

export const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);

/** One actor system in virtual time. `log` tells, in order, what was handled, what left for other nodes, and what was made durable. */
export class Bench {
  readonly scheduler = new VirtualScheduler();
  readonly addresses = new AddressBook(['here', 'there']);
  readonly log: string[] = [];
  readonly journal = new HeldJournal(this.log);
  readonly failures: Error[] = [];
  readonly dead: Envelope[] = [];
  readonly system: ActorSystem;
  readonly tracer: Tracer;
  /** ms that handlers have taken, as the system's clock shows them. */
  spent = 0;
  #outbox: Envelope[] = [];

  constructor(position = 0, tracing: Tracing = 'off') {
    this.tracer = new Tracer('here', tracing, () => this.scheduler.now());
    this.system = new ActorSystem(
      {
        node: 'here',
        generation: 'first',
        addresses: this.addresses,
        scheduler: {
          now: () => this.scheduler.now() + this.spent,
          schedule: (work, delay, state) => this.scheduler.schedule(work, delay ?? 0, state as never),
        },
        journal: this.journal,
        position,
        outbox: { push: (envelope) => this.#outbox.push(envelope), flush: () => this.#flush() },
        random: new SeededRandom(1),
        logger: silentLogger,
        wallClock: () => this.scheduler.now(),
        tracer: this.tracer,
      },
      (error) => this.failures.push(error),
    );
    this.system.deadLetters$.subscribe((envelope) => this.dead.push(envelope));
  }

  address(role: string, node = 'here'): Address {
    return this.addresses.of(node, 'group', role);
  }

  add(role: string, handle: Handler, start?: (effects: Effects, context: ActorContext) => void): Address {
    const logged: Handler = (said, ...rest) => {
      this.log.push(`${role} < ${said}`);
      handle(said, ...rest);
    };
    return this.addActor(role, handling(logged, start));
  }

  addActor(role: string, actor: Actor): Address {
    const address = this.address(role);
    this.system.add(address, actor);
    return address;
  }

  /** From outside, as a frame or a client would. */
  tell(to: Address, ...texts: string[]): void {
    for (const one of texts) this.system.deliver({ from: this.address('outside', 'there'), to, message: say(one) });
  }

  /** Everything that is due now: turns, but no time passes. */
  run(): void {
    this.scheduler.runUntil(this.scheduler.now());
  }

  start(): this {
    this.system.start();
    this.run();
    return this;
  }

  #flush(): void {
    const frame = this.#outbox.map(({ message }) => (message as Say).text);
    this.#outbox = [];
    this.log.push(`frame ${frame.join(' ')}`);
  }
}

export type { Effect };
