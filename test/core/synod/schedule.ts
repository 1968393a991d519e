import { type ActorContext, type Address, AddressBook, type Effect, Effects, type Message, type Role, silentLogger } from '@synod/core';
import { SeededRandom } from '@synod/core/simulation';
import type { Quorums } from '../../../packages/core/src/consensus/quorum.js';
import { Acceptor } from '../../../packages/core/src/consensus/synod/acceptor.js';
import { Call } from '../../../packages/core/src/consensus/synod/calls.js';
import { Learner } from '../../../packages/core/src/consensus/synod/learner.js';
import type { Propose, SynodMessage } from '../../../packages/core/src/consensus/synod/messages.js';
import { DEFAULTS, type Learning } from '../../../packages/core/src/consensus/synod/options.js';
import { type Placement, placementOf } from '../../../packages/core/src/consensus/synod/placement.js';
import { Proposer } from '../../../packages/core/src/consensus/synod/proposer.js';
import { Checker } from '../consensus/checker.js';

type RoleName = 'acceptor' | 'proposer' | 'learner';
type Handlers = Record<string, (message: Message, from: Address) => void>;

interface Said {
  readonly from: Address;
  readonly to: Address;
  readonly message: SynodMessage;
}

/** A role on its own, and what it would find after a restart. */
interface Played {
  readonly gauges: Record<string, unknown>;
  handlers: Handlers;
  readonly records: Uint8Array[];
  checkpoint: readonly Uint8Array[] | undefined;
  readonly timers: Map<string, { readonly at: number; readonly message: Message }>;
}

export interface Setting {
  readonly acceptors?: readonly string[];
  /** Each is on a node of its own, with a learner. */
  readonly proposers?: readonly string[];
  readonly learning?: Learning;
  readonly quorums?: Quorums;
}

const utf8 = { encode: (text: string) => new TextEncoder().encode(text), decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes) };

/**
 * The roles of the Synod under a script: what one node says to another lies on the wire until the script delivers or loses it, time
 * moves only when the script says so, and what is persisted is durable at once. A checker watches all of it. Every proposer's first
 * ballot has round 1; so those of A, B, C and D are in this order, as 1, 2, 3 and 4 in the schedules of `docs/protocols.md`.
 */
export class Schedule {
  now = 0;
  readonly checker: Checker;
  wire: Said[] = [];
  readonly placement: Placement;
  /** By node, what its client was told. */
  readonly told = new Map<string, string>();
  readonly #book: AddressBook;
  readonly #played = new Map<Address, Played>();
  readonly #generations = new Map<string, number>();
  #random = 0;

  constructor({ acceptors = ['a1', 'a2', 'a3'], proposers = ['A', 'B', 'C', 'D'], learning = 'all', quorums }: Setting = {}) {
    this.#book = new AddressBook([...acceptors, ...proposers]);
    this.placement = placementOf({ playing: (role) => (role === 'acceptor' ? acceptors : proposers) }, learning, quorums);
    this.checker = new Checker(Math.floor(acceptors.length / 2) + 1);
    for (const node of acceptors) this.#start(node, 'acceptor');
    for (const node of proposers) for (const role of ['proposer', 'learner'] as const) this.#start(node, role);
    // Acceptors are formed, and proposers know what they promised: nothing.
    this.live(1000).lose();
  }

  /** A client of this node wants this decided. */
  propose(node: string, value: string): this {
    const call = new Call(utf8.encode(value), this.now, this.now + 60_000, { resolve: () => {}, reject: () => {} });
    const message: Propose = { kind: 'propose', call };
    return this.#hand(this.#book.of(node, 'decree', 'client'), this.#book.of(node, 'decree', 'learner'), message);
  }

  /** Delivers what lies on the wire of this kind, to and from these nodes; says to whom. Fails if nothing does. */
  deliver(kind: string, from: string, to: string): readonly string[] {
    const [froms, tos] = [from.split(','), to.split(',')];
    const matches = ({ from, to, message }: Said): boolean =>
      message.kind === kind && (froms[0] === '*' || froms.includes(from.node)) && (tos[0] === '*' || tos.includes(to.node));
    const found = this.wire.filter(matches);
    if (found.length === 0) throw new Error(`no ${kind} from ${from} to ${to} on the wire: ${this.onWire().join('; ')}`);
    this.wire = this.wire.filter((said) => !matches(said));
    for (const { from, to, message } of found) this.#hand(from, to, message);
    return found.map(({ to }) => to.node);
  }

  /** What is on the wire from and to acceptors, without what learners ask. */
  onWire(): readonly string[] {
    return this.wire
      .filter(({ message }) => message.kind !== 'ask')
      .map(({ from, to, message }) => `${from.node}→${to.node}.${to.role} ${message.kind}`);
  }

  /** How acceptors answer a proposer, taken off the wire and delivered. */
  answers(proposer: string): readonly string[] {
    const mine = ({ from, to }: Said): boolean => to.node === proposer && to.role === 'proposer' && from.role === 'acceptor';
    const found = this.wire.filter(mine);
    this.wire = this.wire.filter((said) => !mine(said));
    for (const { from, to, message } of found) this.#hand(from, to, message);
    return found.map(({ message }) => message.kind);
  }

  /** Delivers everything, and what follows from it. */
  flow(): this {
    for (let said = this.wire.shift(); said !== undefined; said = this.wire.shift()) this.#hand(said.from, said.to, said.message);
    return this;
  }

  /** Nothing of what lies between nodes arrives. */
  lose(): this {
    this.wire = this.wire.filter(({ from, to }) => from.node === to.node);
    return this;
  }

  /** Lets time go by, with everything delivered at once. */
  live(ms: number): this {
    this.flow();
    for (const end = this.now + ms; ; ) {
      const next = this.#nextTimer();
      if (next === undefined || next.at > end) {
        this.now = end;
        return this;
      }
      this.now = Math.max(this.now, next.at);
      next.played.timers.delete(next.name);
      next.played.handlers[next.message.kind]?.(next.message, next.address);
      this.flow();
    }
  }

  /** This timer of a proposer comes now. */
  fire(node: string, name: string): this {
    const { timers, handlers } = this.#played.get(this.#book.of(node, 'decree', 'proposer')) as Played;
    const timer = timers.get(name);
    if (timer === undefined) throw new Error(`${node} has no timer ${name}; it has ${[...timers.keys()].join(', ')}`);
    timers.delete(name);
    handlers[timer.message.kind]?.(timer.message, this.#book.of(node, 'decree', 'proposer'));
    return this;
  }

  /** The node dies and begins again with what it persisted, or with nothing. */
  restart(node: string, data: 'kept' | 'lost' = 'kept'): this {
    if (data === 'lost') this.#generations.set(node, (this.#generations.get(node) ?? 1) + 1);
    for (const [address, played] of [...this.#played])
      if (address.node === node) this.#start(node, address.role as RoleName, data === 'kept' ? played : undefined);
    return this;
  }

  gauges(node: string, role: RoleName): Record<string, unknown> {
    return (this.#played.get(this.#book.of(node, 'decree', role)) as Played).gauges;
  }

  /** What is chosen, whoever knows of it. */
  get chosen(): string | undefined {
    const entry = this.checker.chosen(0);
    return entry && utf8.decode(entry.payload);
  }

  #nextTimer() {
    let next: { at: number; name: string; message: Message; played: Played; address: Address } | undefined;
    for (const [address, played] of this.#played)
      for (const [name, { at, message }] of played.timers)
        if (next === undefined || at < next.at) next = { at, name, message, played, address };
    return next;
  }

  #hand(from: Address, to: Address, message: Message): this {
    if (to.role === 'client') {
      if (message.kind === 'decided') this.told.set(to.node, utf8.decode((message as unknown as { value: Uint8Array }).value));
      return this;
    }
    const { handlers } = this.#played.get(to) as Played;
    handlers[message.kind]?.(message, from);
    return this;
  }

  #start(node: string, role: RoleName, before?: Played): void {
    const self = this.#book.of(node, 'decree', role);
    const played: Played = { gauges: {}, handlers: {}, records: before?.records ?? [], checkpoint: before?.checkpoint, timers: new Map() };
    this.#played.set(self, played);
    const generation = `${node}#${this.#generations.get(node) ?? 1}`;
    const context: ActorContext = {
      self,
      generation,
      random: new SeededRandom(++this.#random),
      logger: silentLogger,
      tracing: true,
      recovered: { ...(played.checkpoint && { checkpoint: played.checkpoint }), records: [...played.records] },
      gauges: played.gauges,
      now: () => this.now,
      wallClock: () => this.now,
      address: (other, at = node) => this.#book.of(at, 'decree', other),
    };
    const effects = new Effects<SynodMessage>((effect) => this.#perform(self, played, effect));
    const made: Role<never> = this.#make(role, context, effects);
    played.handlers = made as unknown as Handlers;
    made.start?.();
  }

  #make(role: RoleName, context: ActorContext, effects: Effects<SynodMessage>): Role<never> {
    if (role === 'acceptor') return new Acceptor(context, effects, this.placement, DEFAULTS);
    if (role === 'proposer') return new Proposer(context, effects, this.placement, DEFAULTS);
    return new Learner(context, effects, this.placement, DEFAULTS);
  }

  #perform(self: Address, played: Played, effect: Effect): void {
    switch (effect.effect) {
      case 'send': {
        const said = { from: self, to: effect.to, message: effect.message as SynodMessage };
        if (effect.to.node === self.node && effect.to.role !== self.role) this.#hand(self, effect.to, effect.message);
        else this.wire.push(said);
        break;
      }
      case 'persist':
        played.records.push(effect.record);
        break;
      case 'checkpoint':
        played.checkpoint = [...effect.state];
        played.records.length = 0;
        this.wire.push({ from: self, to: self, message: effect.then as SynodMessage });
        break;
      case 'startTimer':
        played.timers.set(effect.name, { at: this.now + effect.delay, message: effect.message });
        break;
      case 'stopTimer':
        played.timers.delete(effect.name);
        break;
      case 'trace':
        this.checker.watch(self.node, effect.event);
        break;
    }
  }
}
