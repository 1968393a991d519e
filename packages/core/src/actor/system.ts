import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { ConfigurationError, errorFrom } from '../errors.js';
import type { Actor, RecoveredRole } from './actor.js';
import type { Address, AddressBook } from './address.js';
import type { Effect, Notice } from './effect.js';
import type { Envelope, Message } from './envelope.js';
import { EnvelopeQueue } from './envelope-queue.js';
import { Gate, type Journal, Persistence } from './gate.js';
import type { Logger } from './logger.js';
import type { Random } from './random.js';
import { Timers } from './timers.js';
import type { Tracer } from './tracer.js';

/** Takes the messages for other nodes. */
export interface Outbox {
  push(envelope: Envelope): void;
  /** The turn ends: what was pushed leaves, one frame a peer. */
  flush(): void;
}

export interface SystemParts {
  readonly node: string;
  readonly generation: string;
  readonly addresses: AddressBook;
  readonly scheduler: SchedulerLike;
  readonly journal: Journal;
  /** The position of the next record in the journal. */
  readonly position: number;
  readonly outbox: Outbox;
  readonly random: Random;
  readonly logger: Logger;
  readonly wallClock: () => number;
  readonly tracer: Tracer;
}

/** Of one turn, in messages and ms: beyond it the node goes back to its event loop, so that no flood holds up sockets and timers. */
const MOST_MESSAGES_A_TURN = 8192;
const LONGEST_TURN = 10;

/** What waits in the queue at most; beyond it frames are dropped, as a network may. */
const MOST_QUEUED = 262_144;

interface Cell {
  readonly address: Address;
  readonly mailbox$: Subject<Envelope>;
  readonly persistence: Persistence;
  readonly timers: Timers;
  readonly gauges: Record<string, unknown>;
}

const NO_RECORDS: RecoveredRole = { records: [] };

/**
 * The actors of a node, their one queue, and the turn that drains it. A turn hands on messages breadth first; then all that
 * goes to other nodes leaves, one frame a peer; then all that was persisted becomes one append. Nothing here knows what a
 * message means.
 */
export class ActorSystem {
  readonly #cells = new Map<Address, Cell>();
  readonly #queue = new EnvelopeQueue();
  readonly #gate: Gate;
  readonly #deadLetters$ = new Subject<Envelope>();
  readonly #notices$ = new Subject<{ readonly from: Address; readonly notice: Notice }>();
  /** Whether messages and records are traced: asked before each. */
  readonly #tracing: boolean;
  #state: 'starting' | 'running' | 'halted' = 'starting';
  #handled = 0;
  #awake = false;
  #outgoing = false;

  readonly deadLetters$: Observable<Envelope> = this.#deadLetters$;
  readonly notices$: Observable<{ readonly from: Address; readonly notice: Notice }> = this.#notices$;

  /** `failed` is called once, synchronously, when an actor or the storage throws: by then no further message is handled. */
  constructor(
    private readonly parts: SystemParts,
    private readonly failed: (error: Error) => void,
  ) {
    const { tracer } = parts;
    this.#tracing = tracer.messages;
    this.#gate = new Gate(
      parts.journal,
      parts.position,
      (envelope, awaited) => this.#route(envelope, awaited),
      () => this.#wake(),
      (error) => this.#fail(error),
      this.#tracing ? (below, records) => tracer.durable(below, records) : undefined,
    );
  }

  /** Messages that actors took from their mailboxes, since the start. */
  get handled(): number {
    return this.#handled;
  }

  /** Messages waiting for a turn. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Records that are not durable yet. */
  get unsynced(): number {
    return this.#gate.pending;
  }

  /** Adds an actor before `start`. It is subscribed to at once, in order, and may send and persist from then on. */
  add(address: Address, actor: Actor, recovered: RecoveredRole = NO_RECORDS): void {
    const { parts } = this;
    const mailbox$ = new Subject<Envelope>();
    const cell: Cell = {
      address,
      mailbox$,
      persistence: new Persistence(`${address.group}/${address.role}`),
      // However full the queue: a timer that is lost is never set again.
      timers: new Timers(parts.scheduler, (message) => this.#enqueue({ from: address, to: address, message })),
      gauges: {},
    };
    this.#cells.set(address, cell);
    let before: RecoveredRole | undefined = recovered;
    const context = {
      self: address,
      generation: parts.generation,
      random: parts.random,
      logger: parts.logger,
      tracing: parts.tracer.rules,
      get recovered() {
        if (before === undefined) throw subscribedLate(address);
        return before;
      },
      gauges: cell.gauges,
      now: () => parts.scheduler.now(),
      wallClock: parts.wallClock,
      address: (role: string, node = parts.node) => parts.addresses.of(node, address.group, role),
    };
    const fail = (error: unknown): void => this.#fail(error);
    actor(mailbox$, context).subscribe({
      next: (effect) => {
        try {
          this.#perform(cell, effect);
          // One that was delayed may come when no turn runs.
          this.#wake();
        } catch (error) {
          fail(error);
        }
      },
      error: fail,
    });
    // Roles keep their context; the log that they were made from must not stay with it.
    before = undefined;
  }

  /** From now on turns run; what actors sent while they started goes out with the first. */
  start(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.#wake();
  }

  /** Queues a message from outside: a frame, a client. False if the queue is full or the node does not run. */
  deliver(envelope: Envelope): boolean {
    if (this.#state === 'halted' || this.#queue.length >= MOST_QUEUED) return false;
    this.#enqueue(envelope);
    return true;
  }

  /** The fields that an actor shows of itself. */
  gauges(address: Address): Readonly<Record<string, unknown>> {
    return this.#cells.get(address)?.gauges ?? {};
  }

  /** Handles nothing more, from this instruction on. */
  halt(): void {
    this.#state = 'halted';
    this.#queue.clear();
    for (const { timers } of this.#cells.values()) timers.stopAll();
  }

  #fail(error: unknown): void {
    if (this.#state === 'halted') return;
    this.halt();
    this.failed(errorFrom(error));
  }

  #enqueue(envelope: Envelope): void {
    this.#queue.push(envelope);
    this.#wake();
  }

  /** `delay`: 0 for a microtask; above, the event loop has its turn first. */
  #wake(delay = 0): void {
    if (this.#awake || this.#state !== 'running') return;
    this.#awake = true;
    this.parts.scheduler.schedule(() => {
      try {
        this.#turn();
      } catch (error) {
        this.#fail(error);
      }
    }, delay);
  }

  #turn(): void {
    // What became durable since the last turn leaves before anything else is looked at.
    this.#flushOutgoing();
    const { scheduler } = this.parts;
    const end = scheduler.now() + LONGEST_TURN;
    let budget = MOST_MESSAGES_A_TURN;
    const mayGoOn = (): boolean => budget > 0 && scheduler.now() < end;
    do {
      for (; mayGoOn(); budget--) {
        const envelope = this.#queue.shift();
        if (envelope === undefined) break;
        const cell = this.#cells.get(envelope.to);
        if (cell !== undefined) {
          this.#handled++;
          if (this.#tracing) this.parts.tracer.deliver(envelope);
          cell.mailbox$.next(envelope);
        } else this.#deadLetters$.next(envelope);
      }
      if (this.#state === 'halted') return;
      this.#flushOutgoing();
      // An append may complete here and now: then what it released is handled by this turn too.
      this.#gate.flush();
    } while (mayGoOn() && (this.#queue.length > 0 || this.#outgoing));
    this.#awake = false;
    if (this.#queue.length > 0 || this.#outgoing) this.#wake(1);
  }

  #flushOutgoing(): void {
    if (!this.#outgoing) return;
    this.#outgoing = false;
    this.parts.outbox.flush();
  }

  #perform(cell: Cell, effect: Effect): void {
    if (this.#state === 'halted') return;
    switch (effect.effect) {
      case 'send':
        this.#send(cell, effect.to, effect.message);
        break;
      case 'persist':
        this.#gate.persist(cell.persistence, effect.record);
        if (this.#tracing) this.parts.tracer.persist(cell.address, cell.persistence.end - 1, effect.record);
        break;
      case 'checkpoint':
        this.#gate.checkpoint(cell.persistence, cell.address, effect.state, effect.then);
        break;
      case 'startTimer':
        cell.timers.start(effect.name, effect.delay, effect.message);
        break;
      case 'stopTimer':
        cell.timers.stop(effect.name);
        break;
      case 'notify':
        this.#notices$.next({ from: cell.address, notice: effect.notice });
        break;
      case 'trace':
        this.parts.tracer.rule(cell.address, effect.event);
        break;
    }
  }

  #send(cell: Cell, to: Address, message: Message): void {
    const envelope = { from: cell.address, to, message };
    if (to === cell.address) this.#queue.push(envelope);
    else this.#gate.send(cell.persistence, envelope);
  }

  /** The envelope may leave. It joins the queue's tail, never recursion: a re-entrant `next` would reorder. */
  #route(envelope: Envelope, awaited?: number): void {
    if (this.#state === 'halted') return;
    if (this.#tracing && envelope.to !== envelope.from) this.parts.tracer.send(envelope, awaited);
    if (envelope.to.node === this.parts.node) {
      this.#queue.push(envelope);
    } else {
      this.parts.outbox.push(envelope);
      this.#outgoing = true;
    }
  }
}

/** Without its memory an acceptor would vote against its own promises. */
const subscribedLate = ({ node, group, role }: Address): ConfigurationError =>
  new ConfigurationError(
    'LATE_ACTOR',
    `the ${role} of group ${group} on node ${node} was subscribed to late, or again, when what it had persisted was no longer at hand; a decorator must subscribe to its actor once, and at once`,
  );
