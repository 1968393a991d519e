import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { meetsEveryPhase1, type QuorumSystem } from '../quorum.js';
import type { RegisterMessage, Surveyed } from './messages.js';

/**
 * How a proposer begins a life: it asks acceptors of every phase-1 quorum which rounds were promised. A ballot at which it proposed
 * in an earlier life was promised, durably, by a phase-1 quorum, so it hears of it, whatever became of its own data; and a ballot at
 * which it proposed nothing may be used again, for answers name the phase that they are to.
 */
export class Survey {
  readonly #nonce: number;
  readonly #answered = new Set<string>();
  #round = 0;
  #age = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    private readonly quorum: QuorumSystem,
  ) {
    this.#nonce = context.random.uint32();
  }

  /** Enough of them have answered. */
  get done(): boolean {
    return meetsEveryPhase1(this.quorum, this.#answered);
  }

  /** The highest round that any of them promised, and the highest age that any of them wants. */
  get found(): { readonly round: number; readonly age: number } {
    return { round: this.#round, age: this.#age };
  }

  ask(): void {
    for (const node of this.quorum.members)
      if (!this.#answered.has(node)) this.effects.send(this.context.address('acceptor', node), { kind: 'survey', nonce: this.#nonce });
  }

  answered(node: string, { nonce, round, age }: Surveyed): void {
    if (nonce !== this.#nonce) return;
    this.#answered.add(node);
    this.#round = Math.max(this.#round, round);
    this.#age = Math.max(this.#age, age);
  }
}
