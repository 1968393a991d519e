import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import { randomBelow } from '../../actor/random.js';
import type { Role } from '../../actor/react.js';
import type { Codec } from '../../replication/codec.js';
import { msgpack } from '../../replication/codec.js';
import { type Call, isNamed, type Named } from './calls.js';
import type { CallerMessage, RegisterMessage, Reply, Settlement, Submit } from './messages.js';
import type { RegisterOptions } from './options.js';
import type { Placement } from './placement.js';
import { decodeText } from './text.js';
import { READ } from './works.js';

/** Between two looks at deadlines and at what was not answered, ms. */
const LOOK_EVERY = 50;
const UNKNOWN_LIFE = 0;

interface Pending {
  readonly call: Call;
  readonly work: Named;
  readonly id: number;
  /** The proposer, and the life of it that may have run this; `UNKNOWN_LIFE` if none can have. */
  proposer: string;
  life: number;
  sentAt: number;
}

/**
 * The caller: a client's way in. It hands what is asked to the proposer of its node. On a node without one it sends names to a proposer
 * elsewhere, and never to two: which of them ran it nobody could tell. A ballot is never its own, so it may come and go.
 */
export class Caller implements Role<CallerMessage> {
  readonly #here: boolean;
  readonly #caller: number;
  readonly #pending = new Map<number, Pending>();
  /** Of proposers, as they said last. */
  readonly #lives = new Map<string, number>();
  readonly #results: Codec<unknown> = msgpack();
  #target: number;
  #lastId = 0;
  #looking = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<RegisterOptions, 'retry' | 'queue'>,
  ) {
    this.#here = placement.proposers.includes(context.self.node);
    this.#caller = context.random.uint32();
    this.#target = randomBelow(context.random, placement.proposers.length);
  }

  submit({ calls }: Submit): void {
    if (this.#here) return this.effects.send(this.context.address('proposer'), { kind: 'operate', calls });
    for (const call of calls) this.#ask(call);
    this.#lookLater();
  }

  reply({ id, caller, life, status, result }: Reply, { node }: Address): void {
    if (caller !== this.#caller) return;
    if (status === 'other life') return this.#hear(node, life);
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.proposer !== node) return;
    this.#settle(pending, this.#settlementOf(status, result));
  }

  lookTimer(): void {
    this.#looking = false;
    const now = this.context.now();
    let doubted = false;
    for (const pending of [...this.#pending.values()]) {
      if (pending.call.deadline <= now) this.#giveUp(pending, 'no proposer answered in time');
      else if (pending.sentAt + this.options.retry <= now) {
        if (!doubted && pending.proposer === this.#proposer) this.#target++;
        doubted = true;
        // What changes nothing may be asked of another at any time.
        if (pending.work.change === READ) pending.life = UNKNOWN_LIFE;
        this.#send(pending);
      }
    }
    this.#lookLater();
  }

  get #proposer(): string {
    const { proposers } = this.placement;
    return proposers[this.#target % proposers.length] as string;
  }

  #ask(call: Call): void {
    const { work } = call;
    const refuse = (reason: string): void => this.#tell(call, { status: 'refused', reason });
    if (call.operation !== undefined || !isNamed(work))
      return refuse(
        `functions run at the proposer of their node, and ${this.context.self.node} has none: call a registered change by its name`,
      );
    if (this.#pending.size >= this.options.queue)
      return this.#tell(call, { status: 'overloaded', reason: `${this.#pending.size} changes wait already` });
    const pending = { call, work, id: ++this.#lastId, proposer: '', life: UNKNOWN_LIFE, sentAt: 0 };
    this.#pending.set(pending.id, pending);
    this.#send(pending);
  }

  #send(pending: Pending): void {
    const { id, call, work } = pending;
    // Sent before to a life of a proposer that may have run it: nobody else may.
    if (pending.life === UNKNOWN_LIFE) {
      pending.proposer = this.#proposer;
      pending.life = this.#lives.get(pending.proposer) ?? UNKNOWN_LIFE;
    }
    const now = this.context.now();
    pending.sentAt = now;
    const [floor = id] = this.#pending.keys();
    const { key } = call;
    const patience = Math.max(0, Math.ceil(call.deadline - now));
    this.effects.send(this.context.address('proposer', pending.proposer), {
      kind: 'request',
      caller: this.#caller,
      id,
      floor,
      life: pending.life,
      patience,
      key,
      ...work,
    });
  }

  /** A proposer says which life it is in: what was for another may have been run in that, or never. */
  #hear(node: string, life: number): void {
    this.#lives.set(node, life);
    for (const pending of [...this.#pending.values()]) {
      if (pending.proposer !== node || pending.life === life) continue;
      if (pending.life !== UNKNOWN_LIFE && pending.work.change !== READ) this.#giveUp(pending, `${node} began another life meanwhile`);
      else {
        pending.life = UNKNOWN_LIFE;
        this.#send(pending);
      }
    }
  }

  #giveUp(pending: Pending, reason: string): void {
    const harmless = pending.life === UNKNOWN_LIFE || pending.work.change === READ;
    this.#settle(pending, { status: harmless ? 'refused' : 'unknown', reason });
  }

  #settlementOf(status: Exclude<Reply['status'], 'other life'>, result: Uint8Array): Settlement {
    return status === 'done' ? { status, value: this.#results.decode(result) } : { status, reason: decodeText(result) };
  }

  #settle(pending: Pending, settlement: Settlement): void {
    this.#pending.delete(pending.id);
    this.#tell(pending.call, settlement);
  }

  #tell(call: Call, settlement: Settlement): void {
    this.effects.send(this.context.address('client'), { kind: 'settled', call, settlement });
  }

  #lookLater(): void {
    if (this.#looking || this.#pending.size === 0) return;
    this.#looking = true;
    this.effects.startTimer('look', LOOK_EVERY, { kind: 'lookTimer' });
  }
}
