import {
  type ActorContext,
  type Address,
  AddressBook,
  type Effect,
  Effects,
  type Message,
  type Role,
  silentLogger,
  type TraceEvent,
} from '@synod/core';
import { SeededRandom } from '@synod/core/simulation';

type Handlers = Record<string, (message: Message, from: Address) => void>;

interface Said {
  readonly from: Address;
  readonly to: Address;
  readonly message: Message;
}

/** A role on its own, and what it would find after a restart. */
interface Played {
  readonly gauges: Record<string, unknown>;
  handlers: Handlers;
  readonly records: Uint8Array[];
  checkpoint: readonly Uint8Array[] | undefined;
  readonly timers: Map<string, { readonly at: number; readonly message: Message }>;
}

/** Who is there, and who watches. */
export interface Troupe {
  /** By node, in the order in which they start. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  make(role: string, context: ActorContext, effects: Effects): Role<never>;
  traced(node: string, event: TraceEvent): void;
  /** Of each message that a role is handed. */
  received?(said: Said): void;
  /** A role's life begins with this. */
  recovered?(address: Address, found: ActorContext['recovered']): void;
}

const GROUP = 'decree';

export const utf8 = {
  encode: (text: string) => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
};

/**
 * The roles of a protocol of one decree under a script: what one node says to another lies on the wire until the script delivers or loses
 * it, time moves only when the script says so, and what is persisted is durable at once.
 */
export class ScriptedRoles {
  /** Between nodes, in the order in which it was said. */
  wire: Said[] = [];
  /** What clients were told is decided, by node. */
  readonly told = new Map<string, string>();
  now = 0;
  readonly #book: AddressBook;
  readonly #played = new Map<Address, Played>();
  readonly #generations = new Map<string, number>();
  #random = 0;

  constructor(private readonly troupe: Troupe) {
    const { roles } = troupe;
    this.#book = new AddressBook(Object.keys(roles));
    for (const [node, played] of Object.entries(roles)) for (const role of played) this.#start(node, role);
    // Acceptors are formed, and who owns ballots knows what they promised: nothing.
    this.live(1000).lose();
  }

  /** The client of this node says this to a role of it. */
  say<Said extends Message>(node: string, role: string, message: Said): this {
    return this.#hand(this.#book.of(node, GROUP, 'client'), this.#book.of(node, GROUP, role), message);
  }

  /** Delivers what lies on the wire of this kind, to and from these nodes, to this role or any; says to whom. Fails if nothing does. */
  deliver(kind: string, from: string, to: string, role = '*'): readonly string[] {
    const [froms, tos] = [from.split(','), to.split(',')];
    const matches = ({ from, to, message }: Said): boolean =>
      message.kind === kind &&
      (froms[0] === '*' || froms.includes(from.node)) &&
      (tos[0] === '*' || tos.includes(to.node)) &&
      (role === '*' || to.role === role);
    const found = this.take(matches);
    if (found.length === 0) throw new Error(`no ${kind} from ${from} to ${to} on the wire: ${this.onWire().join('; ')}`);
    for (const { from, to, message } of found) this.#hand(from, to, message);
    return found.map(({ to }) => to.node);
  }

  /** What is on the wire from and to acceptors, without what learners ask. */
  onWire(): readonly string[] {
    return this.wire
      .filter(({ message }) => message.kind !== 'ask')
      .map(({ from, to, message }) => `${from.node}→${to.node}.${to.role} ${message.kind}`);
  }

  /** What acceptors say to this role, taken off the wire and delivered. */
  answersTo(node: string, role: string): readonly string[] {
    const found = this.take(({ from, to }) => to.node === node && to.role === role && from.role === 'acceptor');
    for (const { from, to, message } of found) this.#hand(from, to, message);
    return found.map(({ message }) => message.kind);
  }

  /** Takes it off the wire. */
  take(matches: (said: Said) => boolean): readonly Said[] {
    const found = this.wire.filter(matches);
    this.wire = this.wire.filter((said) => !found.includes(said));
    return found;
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

  /** This timer of a role comes now. */
  fire(node: string, name: string, role = 'proposer'): this {
    const { timers, handlers } = this.#played.get(this.#book.of(node, GROUP, role)) as Played;
    const timer = timers.get(name);
    if (timer === undefined) throw new Error(`${node} has no timer ${name}; it has ${[...timers.keys()].join(', ')}`);
    timers.delete(name);
    handlers[timer.message.kind]?.(timer.message, this.#book.of(node, GROUP, role));
    return this;
  }

  /** The node dies and begins again with what it persisted, or with nothing. */
  restart(node: string, data: 'kept' | 'lost' = 'kept'): this {
    if (data === 'lost') this.#generations.set(node, (this.#generations.get(node) ?? 1) + 1);
    for (const [address, played] of [...this.#played])
      if (address.node === node) this.#start(node, address.role, data === 'kept' ? played : undefined);
    return this;
  }

  gauges(node: string, role: string): Record<string, unknown> {
    return (this.#played.get(this.#book.of(node, GROUP, role)) as Played).gauges;
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
    // Who does not play the role does not hear.
    const played = this.#played.get(to);
    if (played === undefined) return this;
    this.troupe.received?.({ from, to, message });
    played.handlers[message.kind]?.(message, from);
    return this;
  }

  #start(node: string, role: string, before?: Played): void {
    const self = this.#book.of(node, GROUP, role);
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
      address: (other, at = node) => this.#book.of(at, GROUP, other),
    };
    this.troupe.recovered?.(self, context.recovered);
    const made = this.troupe.make(role, context, new Effects((effect) => this.#perform(self, played, effect)));
    played.handlers = made as unknown as Handlers;
    made.start?.();
  }

  #perform(self: Address, played: Played, effect: Effect): void {
    switch (effect.effect) {
      case 'send':
        if (effect.to.node === self.node && effect.to.role !== self.role) this.#hand(self, effect.to, effect.message);
        else this.wire.push({ from: self, to: effect.to, message: effect.message });
        break;
      case 'persist':
        played.records.push(effect.record);
        break;
      case 'checkpoint':
        played.checkpoint = [...effect.state];
        played.records.length = 0;
        this.wire.push({ from: self, to: self, message: effect.then });
        break;
      case 'startTimer':
        played.timers.set(effect.name, { at: this.now + effect.delay, message: effect.message });
        break;
      case 'stopTimer':
        played.timers.delete(effect.name);
        break;
      case 'trace':
        this.troupe.traced(self.node, effect.event);
        break;
    }
  }
}
