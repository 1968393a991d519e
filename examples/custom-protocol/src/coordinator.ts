import { type ActorContext, type Address, type Effects, type Role, randomHex } from '@synod/core';
import { compareBallots, NO_BALLOT, type QuorumSystem } from '@synod/core/consensus';
import type { Call, Outcome } from './call.js';
import type { Ask, CoordinatorMessage, Held, RegisterMessage, Stored, Tag, Tagged, Timer } from './messages.js';
import type { AtomicRegisterOptions } from './options.js';

interface Operation {
  readonly name: string;
  readonly call: Call;
  /** `query`: what is newest? `store`: a quorum is to hold this. */
  phase: 'query' | 'store';
  /** The newest that it heard of, then what it stores. */
  newest: Tagged;
  /** Who has answered in this phase, and under which tag. */
  readonly heard: Map<string, Tag>;
}

const NOTHING: Tagged = { tag: NO_BALLOT, value: new Uint8Array(0) };

/**
 * Takes what callers want through two phases: asks a quorum for the newest value, then has a quorum hold the one that is written, or
 * that is read. It keeps nothing from life to life, so it may run on nodes outside the topology. (Attiya, Bar-Noy and Dolev, Sharing
 * Memory Robustly in Message-Passing Systems, 1995; with many writers: Lynch and Shvartsman, 1997)
 */
export class Coordinator implements Role<CoordinatorMessage> {
  readonly #operations = new Map<string, Operation>();
  /** Of this life alone: no other writes under its name, and late answers to an earlier life are told from those to this one. */
  readonly #life: string;
  readonly #acceptors: readonly Address[];
  #count = 0;
  /** The highest counter that it wrote under: two writes at once must not share a tag. */
  #used = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    private readonly quorum: QuorumSystem,
    private readonly options: AtomicRegisterOptions,
  ) {
    this.#life = `${context.self.node}.${randomHex(context.random, 8)}`;
    this.#acceptors = quorum.members.map((node) => context.address('acceptor', node));
  }

  ask({ call }: Ask): void {
    if (this.#operations.size >= this.options.callers) return this.#settle(call, { outcome: 'overloaded' });
    const name = `${this.#life}/${++this.#count}`;
    const operation: Operation = { name, call, phase: 'query', newest: NOTHING, heard: new Map() };
    this.#operations.set(name, operation);
    this.effects.startTimer(`${name} too late`, Math.max(0, call.deadline - this.context.now()), { kind: 'tooLate', operation: name });
    if ('again' in call.wants) return this.#store(operation, call.wants.again);
    if (this.context.tracing) this.effects.trace({ event: 'begin', operation: name, writes: 'write' in call.wants });
    this.#send(operation);
  }

  held({ operation: name, tag, value }: Held, { node }: Address): void {
    const operation = this.#operations.get(name);
    if (operation?.phase !== 'query') return;
    const { call, heard } = operation;
    heard.set(node, tag);
    // A copy: what it was sent is a view of a frame.
    if (compareBallots(tag, operation.newest.tag) > 0) operation.newest = { tag, value: value.slice() };
    if (!this.quorum.isPhase1(new Set(heard.keys()))) return;
    if ('write' in call.wants) {
      this.#used = Math.max(this.#used, operation.newest.tag.round) + 1;
      return this.#store(operation, { tag: { round: this.#used, node: this.#life }, value: call.wants.write });
    }
    // What a quorum holds, every later query finds. Anything else a later read might miss: so it is written back first.
    if (this.quorum.isPhase2(holders(operation))) this.#done(operation);
    else this.#store(operation, operation.newest);
  }

  stored({ operation: name }: Stored, { node }: Address): void {
    const operation = this.#operations.get(name);
    if (operation?.phase !== 'store') return;
    operation.heard.set(node, operation.newest.tag);
    if (this.quorum.isPhase2(holders(operation))) this.#done(operation);
  }

  again({ operation: name }: Timer): void {
    const operation = this.#operations.get(name);
    if (operation !== undefined) this.#send(operation);
  }

  tooLate({ operation: name }: Timer): void {
    const operation = this.#operations.get(name);
    if (operation === undefined) return;
    const { call, phase, newest } = operation;
    // Whoever reads changes nothing, and whoever asks for the newest tag has not written yet.
    const refused = phase === 'query' || 'read' in call.wants;
    this.#end(operation, refused ? { outcome: 'refused' } : { outcome: 'unknown', given: newest });
  }

  #store(operation: Operation, newest: Tagged): void {
    Object.assign(operation, { phase: 'store', newest });
    operation.heard.clear();
    const { name, call } = operation;
    if (this.context.tracing && 'read' in call.wants) this.effects.trace({ event: 'write back', operation: name, tag: newest.tag });
    this.#send(operation);
  }

  /** To those who have not answered in this phase; and again in a while. */
  #send({ name, phase, newest, heard }: Operation): void {
    for (const acceptor of this.#acceptors)
      if (!heard.has(acceptor.node))
        this.effects.send(acceptor, phase === 'query' ? { kind: 'query', operation: name } : { kind: 'store', operation: name, ...newest });
    this.effects.startTimer(name, this.options.retry, { kind: 'again', operation: name });
  }

  #done(operation: Operation): void {
    const { name, newest } = operation;
    if (this.context.tracing) this.effects.trace({ event: 'end', operation: name, tag: newest.tag });
    this.#end(operation, { outcome: 'done', held: newest });
  }

  #end({ name, call }: Operation, outcome: Outcome): void {
    this.#operations.delete(name);
    this.effects.stopTimer(name);
    this.effects.stopTimer(`${name} too late`);
    this.#settle(call, outcome);
  }

  #settle(call: Call, outcome: Outcome): void {
    this.context.gauges.callers = this.#operations.size;
    this.effects.send(this.context.address('client'), { kind: 'settled', call, outcome });
  }
}

/** Those who hold the newest value, as far as they have said so in this phase. */
const holders = ({ newest, heard }: Operation): ReadonlySet<string> =>
  new Set([...heard].filter(([, tag]) => compareBallots(tag, newest.tag) === 0).map(([node]) => node));
