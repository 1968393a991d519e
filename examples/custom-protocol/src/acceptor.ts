import type { ActorContext, Address, Effects } from '@synod/core';
import { Admission, type AdmittedAmong, type Admitting, compareBallots, formatBallot, SmallState } from '@synod/core/consensus';
import { checkpointOf, type Memory, recovered, storedRecord } from './acceptor-log.js';
import type { AcceptorMessage, Query, RegisterMessage, Store } from './messages.js';
import type { AtomicRegisterOptions } from './options.js';

/** Holds the newest value that it was given. What it answers is durable: the gate sees to it. */
export class Acceptor implements Admitting<AcceptorMessage> {
  readonly #memory: Memory;
  readonly #kept: SmallState;
  readonly admission: Admission;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    among: AdmittedAmong,
    { retry }: Pick<AtomicRegisterOptions, 'retry'>,
  ) {
    this.#memory = recovered(context.recovered);
    this.#kept = new SmallState(effects, () => checkpointOf(this.#memory));
    this.admission = new Admission(context, effects, among, retry, this.#memory.admission, this.#kept);
  }

  start(): void {
    this.#show();
  }

  query({ operation }: Query, coordinator: Address): void {
    // On another's data, or an old copy of its own, it does not know what it was given.
    if (!this.admission.mayVote) return;
    this.effects.send(coordinator, { kind: 'held', operation, ...this.#memory.held });
  }

  store({ operation, tag, value }: Store, coordinator: Address): void {
    if (!this.admission.mayVote) return;
    const newer = compareBallots(tag, this.#memory.held.tag) > 0;
    if (newer) {
      // A copy: what it was sent is a view of a frame.
      this.#memory.held = { tag, value: value.slice() };
      this.effects.persist(storedRecord(this.#memory.held));
      this.admission.used();
      this.#kept.persisted();
      this.#show();
    }
    if (this.context.tracing) this.effects.trace({ event: newer ? 'keep' : 'overtaken', tag });
    this.effects.send(coordinator, { kind: 'stored', operation });
  }

  checkpointed(): void {
    this.#kept.checkpointed();
  }

  #show(): void {
    this.context.gauges.tag = formatBallot(this.#memory.held.tag);
  }
}
