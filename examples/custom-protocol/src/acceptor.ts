import type { ActorContext, Address, Effects, Role } from '@synod/core';
import { Admission, type AdmittedAmong, compareBallots, type Enrol, type Enrolled, formatBallot } from '@synod/core/consensus';
import { checkpointOf, type Memory, recovered, storedRecord } from './acceptor-log.js';
import type { AcceptorMessage, Query, RegisterMessage, Store } from './messages.js';
import type { AtomicRegisterOptions } from './options.js';

/** Holds the newest value that it was given. What it answers is durable: the gate sees to it. */
export class Acceptor implements Role<AcceptorMessage> {
  readonly #memory: Memory;
  readonly #admission: Admission;
  #checkpointing = false;
  /** Something was persisted since the last checkpoint was begun. */
  #changed = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    among: AdmittedAmong,
    { retry }: Pick<AtomicRegisterOptions, 'retry'>,
  ) {
    this.#memory = recovered(context.recovered);
    this.#admission = new Admission(context, effects, among, retry, this.#memory.admission);
  }

  start(): void {
    this.#admission.begin();
    this.#persisted();
  }

  query({ operation }: Query, coordinator: Address): void {
    // On another's data, or an old copy of its own, it does not know what it was given.
    if (!this.#admission.mayVote) return;
    this.effects.send(coordinator, { kind: 'held', operation, ...this.#memory.held });
  }

  store({ operation, tag, value }: Store, coordinator: Address): void {
    if (!this.#admission.mayVote) return;
    const newer = compareBallots(tag, this.#memory.held.tag) > 0;
    if (newer) {
      // A copy: what it was sent is a view of a frame.
      this.#memory.held = { tag, value: value.slice() };
      this.effects.persist(storedRecord(this.#memory.held));
      this.#admission.used();
      this.#persisted();
    }
    if (this.context.tracing) this.effects.trace({ event: newer ? 'keep' : 'overtaken', tag });
    this.effects.send(coordinator, { kind: 'stored', operation });
  }

  enrol(question: Enrol, asker: Address): void {
    if (this.#admission.enrol(question, asker)) this.#persisted();
  }

  enrolled(answer: Enrolled, from: Address): void {
    if (this.#admission.enrolled(answer, from)) this.#persisted();
    this.#show();
  }

  enrolTimer(): void {
    this.#admission.enrolTimer();
  }

  epochTimer(): void {
    this.#admission.epochTimer();
    this.#persisted();
  }

  checkpointed(): void {
    this.#checkpointing = false;
    if (this.#changed) this.#checkpoint();
  }

  /** What it holds is small, so a checkpoint follows what is persisted: it must not hold on to the node's log. */
  #persisted(): void {
    this.#changed = true;
    if (!this.#checkpointing) this.#checkpoint();
    this.#show();
  }

  #checkpoint(): void {
    this.#checkpointing = true;
    this.#changed = false;
    this.effects.checkpoint([checkpointOf(this.#memory)], { kind: 'checkpointed' });
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.tag = formatBallot(this.#memory.held.tag);
    this.#admission.show(gauges);
  }
}
