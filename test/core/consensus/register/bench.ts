import {
  type ActorContext,
  type Address,
  AddressBook,
  type Effect,
  Effects,
  type Message,
  majority,
  msgpack,
  type Quorums,
  silentLogger,
} from '@synod/core';
import { admitted } from '../../../../packages/core/src/consensus/enrolment/admission.js';
import { lastOf } from '../../../../packages/core/src/consensus/enrolment/epochs.js';
import type { Enrol } from '../../../../packages/core/src/consensus/enrolment/messages.js';
import { Acceptor } from '../../../../packages/core/src/consensus/register/acceptor.js';
import { Call, type Closures } from '../../../../packages/core/src/consensus/register/calls.js';
import type { AcceptorMessage, Settled, Settlement } from '../../../../packages/core/src/consensus/register/messages.js';
import type { Operation } from '../../../../packages/core/src/consensus/register/operation.js';
import { withDefaults } from '../../../../packages/core/src/consensus/register/options.js';
import { Proposer } from '../../../../packages/core/src/consensus/register/proposer.js';
import { everything } from '../../../../packages/core/src/consensus/register/works.js';
import { type Link, Wire } from '../wire.js';

const book = new AddressBook();
const addressOf = (node: string, role: string): Address => book.of(node, 'registers', role);

/** What a caller was told. */
export interface Told {
  settlement?: Settlement;
}

/** A role on its own, with what it persisted, and its timers, which fire only when they are told to. */
class Seat {
  records: Uint8Array[] = [];
  checkpoint: Uint8Array[] | undefined;
  readonly timers = new Map<string, Message>();
  readonly gauges: Record<string, unknown> = {};
  role: object = {};

  tell(message: Message, from: Address): void {
    (this.role as Record<string, (message: Message, from: Address) => void>)[message.kind]?.(message, from);
  }
}

/** The schedules of `docs/protocols.md` §3 on the real proposer and acceptor: nothing is delivered and no timer fires unless it is told to. */
export class Bench {
  readonly wire = new Wire();
  now = 0;
  readonly #seats = new Map<string, Seat>();
  readonly #told = new Map<Call, Told>();
  #drawn = 1;

  constructor(
    private readonly options: { readonly cachedKeys?: number } = {},
    readonly acceptors: readonly string[] = ['a1', 'a2', 'a3'],
    readonly proposers: readonly string[] = ['P1', 'P2', 'P3'],
    private readonly rule: Quorums = majority,
  ) {
    for (const node of acceptors) this.startAcceptor(node);
    for (const node of proposers) this.startProposer(node);
  }

  startAcceptor(node: string): void {
    const seat = this.#seat(node);
    const acceptor = admitted<AcceptorMessage>(
      new Acceptor(this.#context(node, 'acceptor'), this.#effects(node, 'acceptor'), this.#placement, withDefaults(this.options)),
    );
    acceptor.start?.();
    seat.role = acceptor;
    const [asked] = this.wire.take(`${node}→*`, ['enrol']).map(({ message }) => message as Enrol);
    this.wire.take(`${node}→*`);
    if (asked === undefined) throw new Error(`${node} did not ask to be enrolled`);
    const answer = { kind: 'enrolled', generation: 'first', recorded: lastOf(asked.epochs), formed: true } as const;
    for (const other of this.acceptors) seat.tell(answer, addressOf(other, 'acceptor'));
  }

  /** A life of a proposer begins, and it hears of all acceptors which rounds they promised: its ballots are above those. */
  startProposer(node: string): void {
    const seat = this.#seat(node);
    seat.timers.clear();
    const options = withDefaults({ cachedKeys: 0, ...this.options });
    const context = this.#context(node, 'proposer');
    seat.role = new Proposer(context, this.#effects(node, 'proposer'), this.#placement, options, msgpack(), () => undefined);
    (seat.role as Proposer).start();
    this.deliver(`${node}→*`, 'survey').deliver(`*→${node}`, 'surveyed');
  }

  /** Hands a change to a proposer. */
  ask<State>(node: string, change: (state: State | undefined) => unknown, operation?: Operation, deadline = 5000): Told {
    const work: Closures = { change: change as Closures['change'], query: everything };
    const call = new Call('k', work, this.now + deadline, { resolve: () => {}, reject: () => {} }, operation);
    const told: Told = {};
    this.#told.set(call, told);
    this.#seat(node).tell({ kind: 'operate', calls: [call] } as Message, addressOf(node, 'caller'));
    return told;
  }

  read(node: string): Told {
    return this.ask(node, (state) => state);
  }

  /** Deletes the key, as far as a tombstone. */
  delete(node: string): Told {
    return this.ask(node, () => undefined);
  }

  /** Delivers all that lies on the link, of these kinds. */
  deliver(link: Link, ...kinds: string[]): this {
    for (const { from, to, message } of this.wire.take(link, kinds)) this.#seat(to.node).tell(message, from);
    return this;
  }

  lose(link: Link, ...kinds: string[]): this {
    this.wire.take(link, kinds);
    return this;
  }

  /** Everything between a proposer and these acceptors, until nothing is under way between them. */
  flow(proposer: string, ...acceptors: string[]): this {
    const some = acceptors.length > 0 ? acceptors.join(',') : '*';
    for (let more = true; more; ) {
      const before = this.wire.lines(`${proposer}→${some}`).length + this.wire.lines(`${some as '*'}→${proposer}`).length;
      this.deliver(`${proposer}→${some}`).deliver(`${some as '*'}→${proposer}`);
      more = before > 0;
    }
    return this;
  }

  /** The same, with as many attempts as it takes. */
  finish(proposer: string, ...acceptors: string[]): this {
    for (let tries = 0; tries < 5; tries++) this.flow(proposer, ...acceptors).fire(proposer, 'again k');
    return this;
  }

  /** Fires a timer of a node, if it runs: `again` is that of the key. */
  fire(node: string, name: 'again k' | 'look' | 'deletion'): this {
    const message = this.#seat(node).timers.get(name);
    this.#seat(node).timers.delete(name);
    if (message !== undefined) this.#seat(node).tell(message, addressOf(node, 'proposer'));
    return this;
  }

  gauges(node: string): Readonly<Record<string, unknown>> {
    return this.#seat(node).gauges;
  }

  /** What an acceptor does when it is told this. */
  tell(node: string, message: object, from: string): this {
    this.#seat(node).tell(message as Message, addressOf(from, 'proposer'));
    return this;
  }

  get #placement() {
    return { acceptors: this.acceptors, proposers: this.proposers, quorum: this.rule(this.acceptors) };
  }

  #seat(node: string): Seat {
    let seat = this.#seats.get(node);
    if (seat === undefined) this.#seats.set(node, (seat = new Seat()));
    return seat;
  }

  #context(node: string, role: string): ActorContext {
    const seat = this.#seat(node);
    return {
      self: addressOf(node, role),
      generation: 'first',
      random: { uint32: () => this.#drawn++ },
      logger: silentLogger,
      tracing: false,
      recovered: { ...(seat.checkpoint && { checkpoint: seat.checkpoint }), records: [...seat.records] },
      gauges: seat.gauges,
      now: () => this.now,
      wallClock: () => this.now,
      address: (other, at = node) => addressOf(at, other),
    };
  }

  #effects(node: string, role: string): Effects {
    const seat = this.#seat(node);
    const perform = (effect: Effect): void => {
      switch (effect.effect) {
        case 'send':
          if (effect.to.role !== 'client') return this.wire.push({ from: addressOf(node, role), to: effect.to, message: effect.message });
          return this.#settled(effect.message as Settled);
        case 'persist':
          seat.records.push(effect.record);
          return;
        case 'checkpoint':
          seat.checkpoint = [...effect.state];
          seat.records = [];
          seat.tell(effect.then, addressOf(node, role));
          return;
        case 'startTimer':
          seat.timers.set(effect.name, effect.message);
          return;
        case 'stopTimer':
          seat.timers.delete(effect.name);
          return;
      }
    };
    return new Effects(perform);
  }

  #settled({ call, settlement }: Settled): void {
    (this.#told.get(call) as Told).settlement = settlement;
  }
}
