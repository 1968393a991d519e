import type { Address, Envelope, Message, NodeEvent, Topology, TraceEvent } from '@synod/core';
import { AddressBook, colocated, RefusedError, UnknownOutcomeError } from '@synod/core';
import { SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import type { Observable } from 'rxjs';
import type { LogProtocol } from '../../../packages/core/src/consensus/multi-paxos/log-protocol.js';
import { type MultiPaxosOptions, withDefaults } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { Checker } from './checker.js';
import { Disk } from './disk.js';
import { addressIn, Life, type RoleName, type World } from './life.js';
import { textOf } from './listing.js';
import { type Link, Wire } from './wire.js';

export interface Setting {
  readonly topology?: Topology;
  readonly options?: Partial<MultiPaxosOptions>;
  /** Multi-Paxos unless said; of another, no checker watches the votes. */
  readonly protocol?: LogProtocol;
}

/**
 * Multi-Paxos under a script. Every node runs the real roles on a real actor system and a disk that survives it; what one node
 * says to another lies on the wire until the script delivers, loses or goes on holding it, and time moves only when the script
 * says so. Within a node everything happens at once. A checker watches all of it.
 */
export class Transcript {
  readonly scheduler = new VirtualScheduler();
  readonly events: (NodeEvent & { node: string })[] = [];
  readonly checker: Checker;
  /** What clients were told, in order: the ticket, and the result, the answer, or the code of the error. */
  readonly told: { readonly ticket: number; readonly outcome: unknown }[] = [];
  /** What roles traced, in order. */
  readonly traced: (TraceEvent & { readonly node: string })[] = [];
  readonly #wire = new Wire();
  readonly #book: AddressBook;
  readonly #topology: Topology;
  readonly #options: MultiPaxosOptions;
  readonly #protocol: LogProtocol | undefined;
  readonly #disks = new Map<string, Disk>();
  readonly #lives = new Map<string, Life>();
  #ticket = 0;
  #started = 0;

  constructor({ topology = colocated(['A', 'B', 'C']), options = {}, protocol }: Setting = {}) {
    this.#protocol = protocol;
    this.#topology = topology;
    this.#book = new AddressBook(topology.nodes);
    this.#options = withDefaults(options);
    this.checker = new Checker(Math.floor(topology.playing('acceptor').length / 2) + 1);
    for (const node of topology.nodes) this.start(node);
  }

  /** All nodes know each other; nobody leads. */
  form(): this {
    return this.flow();
  }

  /** A cluster that `leader` leads, with a session open for each of `clients`, and everything known everywhere. */
  static led(leader: string, clients: readonly string[] = [leader], setting: Setting = {}): Transcript {
    const transcript = new Transcript(setting).form().elect(leader).flow();
    for (const client of clients) transcript.submit(client, `hello from ${client}`);
    return transcript.flow().commit().flow();
  }

  // ── nodes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  start(node: string): this {
    let disk = this.#disks.get(node);
    if (disk === undefined) this.#disks.set(node, (disk = new Disk(`${node}#1`)));
    const world = {
      addresses: this.#book,
      scheduler: this.scheduler,
      disk,
      random: new SeededRandom(++this.#started),
      say: (envelope: Envelope) => this.#wire.push(envelope),
      notice: (notice: Parameters<World['notice']>[0]) => this.events.push({ ...notice, node }),
      watch: (event: TraceEvent) => {
        if (this.#protocol === undefined) this.checker.watch(node, event);
        this.traced.push({ ...event, node });
      },
    } satisfies World;
    const life = new Life(node, this.#topology, this.#options, world, this.#protocol);
    this.#lives.set(node, life);
    life.system.start();
    return this.#turns();
  }

  /** The process is gone: what was not durable, and what it had not yet received, with it. What it sent may still arrive. */
  crash(node: string): this {
    this.#life(node).system.halt();
    this.#lives.delete(node);
    this.disk(node).crash();
    return this.lose(`*→${node}`);
  }

  /** It lives again, and every acceptor that is up has this life on record. */
  restart(node: string): this {
    if (this.#lives.has(node)) this.crash(node);
    return this.start(node).flowOnly(`${node}→*`, 'enrol').flowOnly(`*→${node}`, 'enrolled');
  }

  /** The node comes back under its name with an empty disk. */
  wipe(node: string): this {
    this.crash(node);
    this.#disks.set(node, new Disk(`${node}#2`));
    return this.start(node);
  }

  /** The node dies, if it lives, and begins a life on a copy of its disk that was made before. */
  putBack(node: string, copy: Disk): this {
    if (this.#lives.has(node)) this.crash(node);
    this.#disks.set(node, copy.copy());
    return this.start(node);
  }

  disk(node: string): Disk {
    return this.#disks.get(node) as Disk;
  }

  // ── the wire ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Delivers what lies on this link, oldest first: of the named kinds, or all. Fails if nothing does. */
  deliver(link: Link, ...kinds: string[]): this {
    const envelopes = this.#wire.take(link, kinds);
    if (envelopes.length === 0) throw new Error(`nothing to deliver ${link} ${kinds.join(' ')}; on the wire: ${this.onWire().join('; ')}`);
    for (const envelope of envelopes) this.#hand(envelope);
    return this;
  }

  /** Delivers what lies on this link of these kinds, if anything does. */
  flowOnly(link: Link, ...kinds: string[]): this {
    return this.release(this.#wire.take(link, kinds));
  }

  lose(link: Link, ...kinds: string[]): this {
    this.#wire.take(link, kinds);
    return this;
  }

  /** Takes what lies on the link off the wire, to be handed over later: once, twice, or never. */
  hold(link: Link, ...kinds: string[]): Envelope[] {
    return this.#wire.take(link, kinds);
  }

  /** Delivers what was held. */
  release(envelopes: readonly Envelope[]): this {
    for (const envelope of envelopes) this.#hand(envelope);
    return this;
  }

  /** From now on, what is sent on these links is lost. */
  cut(...links: Link[]): this {
    for (const link of links) this.#wire.cut(link);
    return this;
  }

  /** No link is cut any more. */
  heal(): this {
    this.#wire.heal();
    return this;
  }

  /** Delivers everything among these nodes (all, unless named), and what follows from it, until nothing is left to say. */
  flow(...nodes: string[]): this {
    for (let envelope = this.#wire.next(nodes); envelope !== undefined; envelope = this.#wire.next(nodes)) this.#hand(envelope);
    return this;
  }

  /** Time goes by: timers fire, and what they say stays on the wire. */
  wait(ms: number): this {
    this.scheduler.runUntil(this.scheduler.now() + ms);
    return this.#check();
  }

  /** Time goes by while everything among these nodes is delivered at once; what goes elsewhere is lost. */
  live(ms: number, ...nodes: string[]): this {
    for (const end = this.scheduler.now() + ms; this.scheduler.now() < end; ) {
      this.wait(Math.min(5, end - this.scheduler.now())).flow(...nodes);
      this.lose('*→*');
    }
    return this;
  }

  /** What lies on the wire, as `A→B accept`. */
  onWire(link?: Link): string[] {
    return this.#wire.lines(link);
  }

  // ── what nodes do ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** `node` stands for election, and talks with these nodes (all, unless named) until it leads or nothing is left to say. */
  elect(node: string, ...others: string[]): this {
    const nodes = others.length > 0 ? [node, ...others] : this.#topology.nodes;
    this.tell(node, 'leader', { kind: 'electionTimer' });
    for (const kind of ['probe', 'probed', 'prepare', 'promise'])
      this.#wire.take(`${nodes}→${nodes}`, [kind]).forEach((envelope) => {
        this.#hand(envelope);
      });
    return this;
  }

  /** Long enough for a leader to tell the commit index where no proposal carries it. */
  commit(): this {
    return this.wait(2 * this.#options.commitDelay + 1);
  }

  /** A client of `node` wants `command`; returns its ticket. */
  submit(node: string, command: string, deadline = 5000): number {
    return this.#call(this.#life(node).client.submit$(command, { deadline }));
  }

  query(node: string, consistency: 'linearizable' | 'sequential' | 'local' = 'linearizable', deadline = 5000): number {
    return this.#call(this.#life(node).client.query$(0, { deadline, consistency }));
  }

  /** The caller that was told "unknown" asks again; returns its new ticket. */
  retry(ticket: number, deadline = 5000): number {
    const error = this.outcomeOf(ticket);
    if (!(error instanceof UnknownOutcomeError)) throw new Error(`ticket ${ticket} is not unknown`);
    return this.#call(error.retry$({ deadline }));
  }

  /** A message of an actor to itself. */
  tell(node: string, role: RoleName, message: Message): this {
    return this.send(`${node}→${node}`, role, role, message);
  }

  /** A message that nobody sent, or that was sent long ago. */
  send(link: Link, from: RoleName, to: RoleName, message: Message): this {
    const [sender, receiver] = link.split('→') as [string, string];
    return this.#hand({ from: this.address(sender, from), to: this.address(receiver, to), message });
  }

  // ── what is known ──────────────────────────────────────────────────────────────────────────────────────────────────

  applied(node: string): readonly string[] {
    return this.#life(node).machine.applied;
  }

  gauges(node: string, role: RoleName): Readonly<Record<string, unknown>> {
    return this.#life(node).system.gauges(this.address(node, role));
  }

  leads(node: string): boolean {
    return this.gauges(node, 'leader').phase === 'active';
  }

  /** What the client was told of its ticket: the result or answer, or `unknown`, `refused`; undefined before. */
  outcome(ticket: number): unknown {
    const outcome = this.outcomeOf(ticket);
    if (outcome instanceof UnknownOutcomeError) return 'unknown';
    return outcome instanceof RefusedError ? 'refused' : outcome;
  }

  outcomeOf(ticket: number): unknown {
    return this.told.find((told) => told.ticket === ticket)?.outcome;
  }

  failures(node: string): readonly Error[] {
    return this.#life(node).failures;
  }

  /** What was chosen in a slot, for people. */
  slot(slot: number): string | undefined {
    const entry = this.checker.chosen(slot);
    return entry && textOf(entry);
  }

  address(node: string, role: RoleName | 'client'): Address {
    return addressIn(this.#book, node, role);
  }

  #life(node: string): Life {
    const life = this.#lives.get(node);
    if (life === undefined) throw new Error(`${node} is down`);
    return life;
  }

  #call(result$: Observable<unknown>): number {
    const ticket = ++this.#ticket;
    const tell = (outcome: unknown): void => {
      this.told.push({ ticket, outcome });
    };
    result$.subscribe({ next: tell, error: tell });
    this.#turns();
    return ticket;
  }

  #hand(envelope: Envelope): this {
    this.#lives.get(envelope.to.node)?.system.deliver(envelope);
    return this.#turns();
  }

  #turns(): this {
    return this.wait(0);
  }

  #check(): this {
    for (const { failures } of this.#lives.values()) if (failures[0] !== undefined) throw failures[0];
    return this;
  }
}
