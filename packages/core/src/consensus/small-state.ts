import type { Effects } from '../actor/effect.js';

/** Local, to whoever keeps it: the checkpoint is durable. */
export interface Checkpointed {
  readonly kind: 'checkpointed';
}

/**
 * Checkpoints of a role whose whole state is small: one follows whatever is persisted, so that the role does not hold on to the node's
 * log; one at a time, so that what is persisted meanwhile shares the next.
 */
export class SmallState {
  #checkpointing = false;
  /** Something was persisted since the last checkpoint was begun. */
  #changed = false;

  /** `state`: all that the role must know when it starts again, in one piece, as of now. */
  constructor(
    private readonly effects: Effects<Checkpointed>,
    private readonly state: () => Uint8Array,
  ) {}

  /** To be called whenever the role has persisted something, once its state says so too. */
  persisted(): void {
    this.#changed = true;
    if (!this.#checkpointing) this.#checkpoint();
  }

  /** To be called at `checkpointed`. */
  checkpointed(): void {
    this.#checkpointing = false;
    if (this.#changed) this.#checkpoint();
  }

  #checkpoint(): void {
    this.#checkpointing = true;
    this.#changed = false;
    this.effects.checkpoint([this.state()], { kind: 'checkpointed' });
  }
}
