import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { MultiPaxosMessage } from './messages.js';

/**
 * Formation. A node may vote or lead only once every acceptor has durably recorded its generation, which is minted with its data
 * directory. So a node that comes back under its old name without its old data finds another generation on record and stays out:
 * an empty acceptor that voted would break the intersection of quorums (`docs/protocols.md` §10).
 */
export class Enrolment {
  readonly #agreed = new Set<string>();
  #refused = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly acceptors: readonly string[],
    private readonly retry: number,
  ) {}

  /** Asks every acceptor that has not agreed yet, and asks again later. */
  ask(): void {
    for (const node of this.acceptors)
      if (!this.#agreed.has(node))
        this.effects.send(this.context.address('acceptor', node), { kind: 'enrol', generation: this.context.generation });
    this.effects.startTimer('enrol', this.retry, { kind: 'enrolTimer' });
  }

  /** True once the last acceptor has agreed. */
  answered(node: string, generation: string): boolean {
    if (generation === this.context.generation) {
      this.#agreed.add(node);
      if (this.acceptors.some((acceptor) => !this.#agreed.has(acceptor))) return false;
      this.effects.stopTimer('enrol');
      return true;
    }
    if (!this.#refused) {
      this.#refused = true;
      const { self, logger } = this.context;
      const reason = `node ${self.node} has generation ${this.context.generation}, but ${node} knows it as ${generation}: its data was lost or replaced, so it must not vote under this name; bring back its data. Until then the others serve without it, and it only learns`;
      this.effects.notify({ event: 'generation refused', by: node, reason });
      logger.error(reason);
    }
    return false;
  }
}
