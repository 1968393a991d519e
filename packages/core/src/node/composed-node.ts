import type { Container } from 'inversify';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  type ObservableInput,
  of,
  ReplaySubject,
  Subject,
  Subscription,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Actor } from '../actor/actor.js';
import { AddressBook } from '../actor/address.js';
import type { Envelope } from '../actor/envelope.js';
import { randomHex } from '../actor/random.js';
import { ActorSystem } from '../actor/system.js';
import { type TracedEvent, Tracer } from '../actor/tracer.js';
import { errorFrom, StoppedError } from '../errors.js';
import type { Recovered, Storage } from '../storage/storage.js';
import { FrameCodec } from '../transport/frame.js';
import type { Transport } from '../transport/transport.js';
import type { Group } from '../wiring/group.js';
import type { GroupStatus } from '../wiring/protocol.js';
import { LOGGER, METRICS, type NodeIdentity, RANDOM, SCHEDULER, STORAGE, TRANSPORT, WALL_CLOCK } from '../wiring/tokens.js';
import { Clients } from './clients.js';
import { Counters } from './counters.js';
import { FrameOutbox } from './frame-outbox.js';
import type { Node, NodeEvent, NodeStatus } from './node.js';
import { decoratorsOf, get, optional, type ResolvedGroup, rolesOn, tracingOf } from './parts.js';

/** Between two measurements of how late timers come, ms. */
const LAG_EVERY = 250;
/** Different refusals that are told, at most; all are counted. */
const MOST_REFUSALS_TOLD = 100;

/** A node made of its parts: opens them in order, runs the actors on them, and closes them whatever happened. */
export class ComposedNode implements Node {
  readonly id: string;
  readonly #transport: Transport;
  readonly #storage: Storage;
  readonly #addresses: AddressBook;
  readonly #codec: FrameCodec;
  readonly #counters: Counters;
  readonly #clients: Clients;
  readonly #events$ = new Subject<NodeEvent>();
  readonly #tracer: Tracer;
  readonly #deadLetters$ = new Subject<Envelope>();
  readonly #failure$ = new ReplaySubject<Error>(1);
  readonly #ended$ = new ReplaySubject<void>(1);
  readonly #peers: Record<string, 'connected' | 'disconnected'> = {};
  readonly #told = new Set<string>();
  readonly #subscriptions = new Subscription();
  #system: ActorSystem | undefined;
  #state: NodeStatus['state'] | 'new' = 'new';
  #stopped$: ReplaySubject<never> | undefined;
  #failure: Error | undefined;
  #lag = 0;

  readonly events$: Observable<NodeEvent> = this.#events$;
  readonly trace$: Observable<TracedEvent>;
  readonly deadLetters$: Observable<Envelope> = this.#deadLetters$;
  readonly failure$: Observable<Error> = this.#failure$;
  readonly status$: Observable<NodeStatus>;

  constructor(
    private readonly identity: NodeIdentity,
    private readonly container: Container,
    private readonly groups: readonly ResolvedGroup[],
  ) {
    const { self, cluster, topology } = identity;
    this.id = self;
    this.#transport = get(container, TRANSPORT);
    this.#storage = get(container, STORAGE);
    const scheduler = get(container, SCHEDULER);
    this.#tracer = new Tracer(self, tracingOf(container), () => scheduler.now());
    this.trace$ = this.#tracer.events$;
    this.#counters = new Counters(optional(container, METRICS));
    this.#addresses = new AddressBook([...topology.nodes, self]);
    this.#codec = new FrameCodec(
      self,
      cluster,
      this.#addresses,
      groups.map(({ group, protocol }) => ({
        name: group.name,
        fingerprint: `${protocol.name} ${protocol.fingerprint(topology)}`,
        roles: protocol.roles.map((role) => ({ name: role.name, kinds: Object.entries(role.messages) })),
      })),
    );
    this.#clients = new Clients(identity, groups, this.#addresses, scheduler, () => this.#running());
    this.status$ = concat(timer(0, LAG_EVERY, scheduler).pipe(takeUntil(this.#ended$)), of(undefined)).pipe(map(() => this.status()));
  }

  start$(): Observable<never> {
    return defer(() => {
      if (this.#state !== 'new') throw new StoppedError('STARTED_BEFORE', `node ${this.id} was started before; create a new one`);
      this.#state = 'starting';
      return concat(
        from(this.#open()).pipe(tap((recovered) => this.#assemble(recovered))),
        // Stopped or failed while it started: then nothing more is opened, and there is nothing to run.
        defer(() => (this.#state === 'starting' ? this.#transport.start() : EMPTY)),
        defer(() => {
          if (this.#failure !== undefined) throw this.#failure;
          if (this.#state === 'starting') this.#run();
          return EMPTY;
        }),
      ).pipe(
        ignoreElements(),
        // The caller hears of it when nothing is left open.
        catchError((error) =>
          concat(
            this.#shutDown('failed', errorFrom(error)).pipe(catchError(() => EMPTY)),
            throwError(() => error),
          ),
        ),
      );
    });
  }

  of<Client>(group: Group<Client>): Client {
    return this.#clients.of(group);
  }

  status(): NodeStatus {
    const groups: Record<string, GroupStatus> = {};
    for (const { group, protocol } of this.groups) {
      const roles = rolesOn(this.identity, protocol);
      const gauges = Object.fromEntries(
        roles.map(({ name }) => [name, this.#system?.gauges(this.#addresses.of(this.id, group.name, name)) ?? {}]),
      );
      groups[group.name] = { ...protocol.status(gauges), roles: roles.map(({ name }) => name) };
    }
    return {
      node: this.id,
      state: this.#state === 'new' ? 'starting' : this.#state,
      groups,
      handled: this.#system?.handled ?? 0,
      queue: this.#system?.queued ?? 0,
      unsynced: this.#system?.unsynced ?? 0,
      peers: { ...this.#peers },
      lag: this.#lag,
      counters: this.#counters.all,
    };
  }

  stop$(): Observable<never> {
    return defer(() => this.#shutDown('stopped'));
  }

  // ── starting ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(): Observable<Recovered> {
    const { self: node, cluster } = this.identity;
    return from(this.#storage.open({ node, cluster, newGeneration: randomHex(get(this.container, RANDOM), 16) }));
  }

  #assemble(recovered: Recovered): void {
    if (this.#state !== 'starting') return;
    const { container } = this;
    const outbox = new FrameOutbox(
      this.#transport,
      this.#codec,
      (parts) => {
        this.#counters.count('frames.dropped');
        if (this.#tracer.messages) for (const { envelope } of parts) this.#tracer.drop(envelope, 'the transport did not take it');
      },
      (envelope) => {
        const { to, message } = envelope;
        if (this.#tracer.messages) this.#tracer.drop(envelope, 'too large');
        this.#counters.count('messages.too-large');
        this.#tell('message too large', `a ${message.kind} to ${to.node} exceeds ${this.#transport.capabilities.maxFrameBytes} bytes`);
      },
    );
    const wallClock = get(container, WALL_CLOCK);
    const system = new ActorSystem(
      {
        node: this.id,
        generation: recovered.generation,
        addresses: this.#addresses,
        scheduler: get(container, SCHEDULER),
        journal: this.#storage,
        position: recovered.position,
        outbox,
        random: get(container, RANDOM),
        logger: get(container, LOGGER),
        wallClock: () => wallClock.now(),
        tracer: this.#tracer,
      },
      (error) => this.#shutDown('failed', error),
    );
    this.#system = system;
    this.#listen(system);
    for (const resolved of this.groups) this.#addActors(system, resolved, recovered);
  }

  #addActors(system: ActorSystem, { group, protocol, container }: ResolvedGroup, recovered: Recovered): void {
    for (const role of rolesOn(this.identity, protocol)) {
      // What it takes is said by its messages: nothing else comes to it.
      const own = get(container, role.actor) as Actor;
      const actor = decoratorsOf(container, role.name).reduce((inner, decorator) => decorator(inner), own);
      system.add(this.#addresses.of(this.id, group.name, role.name), actor, recovered.roles.get(`${group.name}/${role.name}`));
    }
  }

  #listen(system: ActorSystem): void {
    const deliver = (envelope: Envelope): void => {
      if (system.deliver(envelope)) return;
      this.#counters.count('messages.dropped');
      if (this.#tracer.messages) this.#tracer.drop(envelope, 'the queue is full');
    };
    const refuse = (why: string, detail: string): void => {
      this.#counters.count(`frames.refused.${why}`);
      if (this.#tracer.messages) this.#tracer.dropFrame(`${why}: ${detail}`);
      this.#tell('frame refused', `${why}: ${detail}`);
    };
    this.#subscriptions.add(this.#transport.inbound$.subscribe((frame) => this.#codec.decode(frame, deliver, refuse)));
    this.#subscriptions.add(
      this.#transport.status$.subscribe((status) => {
        if (status.status === 'connected' || status.status === 'disconnected') this.#peers[status.node] = status.status;
        this.#events$.next({ event: 'transport', ...status });
      }),
    );
    this.#subscriptions.add(
      system.notices$.subscribe(({ from: { group, role }, notice }) => this.#events$.next({ group, role, ...notice })),
    );
    this.#subscriptions.add(system.deadLetters$.subscribe((envelope) => this.#route(envelope)));
  }

  #run(): void {
    this.#state = 'running';
    const scheduler = get(this.container, SCHEDULER);
    let due = scheduler.now() + LAG_EVERY;
    this.#subscriptions.add(
      timer(LAG_EVERY, LAG_EVERY, scheduler).subscribe(() => {
        this.#lag = Math.max(0, scheduler.now() - due);
        due = scheduler.now() + LAG_EVERY;
      }),
    );
    this.#system?.start();
    this.#events$.next({ event: 'started' });
  }

  // ── running ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What is for no actor is for a client of this node, or for nobody. */
  #route(envelope: Envelope): void {
    if (this.#clients.has(envelope.to)) {
      if (this.#tracer.messages) this.#tracer.deliver(envelope);
      this.#clients.take(envelope);
      return;
    }
    this.#counters.count('messages.dead');
    if (this.#tracer.messages) this.#tracer.drop(envelope, 'nobody is at this address');
    this.#deadLetters$.next(envelope);
  }

  #running(): ActorSystem {
    if (this.#state === 'running' && this.#system !== undefined) return this.#system;
    const state = this.#state === 'failed' ? 'has failed' : 'is not running';
    throw new StoppedError('NOT_RUNNING', `node ${this.id} ${state}; nothing was sent`);
  }

  #tell(event: string, reason: string): void {
    if (this.#told.size >= MOST_REFUSALS_TOLD || this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#events$.next({ event, reason });
    get(this.container, LOGGER).warn(`${event}: ${reason}`);
  }

  // ── stopping ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #shutDown(state: 'stopped' | 'failed', failure?: Error): Observable<never> {
    if (this.#stopped$ !== undefined) return this.#stopped$;
    this.#stopped$ = new ReplaySubject<never>();
    this.#state = state;
    this.#system?.halt();
    this.#subscriptions.unsubscribe();
    this.#clients.end();
    if (failure !== undefined) {
      this.#failure = failure;
      get(this.container, LOGGER).error(`node ${this.id} failed: ${failure.message}`);
      this.#failure$.next(failure);
    }
    this.#events$.next(failure === undefined ? { event: 'stopped' } : { event: 'failed', reason: failure.message });
    // Both are closed, whatever the other does.
    let trouble: unknown;
    const closing = (close: () => ObservableInput<unknown>): Observable<never> =>
      defer(close).pipe(
        ignoreElements(),
        catchError((error) => {
          trouble ??= error;
          return EMPTY;
        }),
      );
    concat(
      merge(
        closing(() => this.#transport.stop()),
        closing(() => this.#storage.close()),
      ),
      defer(() => (trouble === undefined ? EMPTY : throwError(() => trouble))),
    ).subscribe(this.#stopped$);
    this.#ended$.next();
    this.#tracer.end();
    for (const subject of [this.#events$, this.#deadLetters$, this.#failure$]) subject.complete();
    return this.#stopped$;
  }
}
