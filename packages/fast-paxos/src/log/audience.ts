import type { ActorContext, Effects } from '@synod/core';
import type { FastPaxosMessage, Opened } from './messages.js';

/** How long a proposer that is not in the topology is told that a ballot is open, after it was last heard of, ms. */
const GUEST = 10_000;
const MOST_GUESTS = 1024;

/** The proposers that a coordinator tells that its ballot is open: those of the topology, and those outside that were heard of lately. */
export class Audience {
  /** Those outside, and when they were heard of; the longest ago first. */
  readonly #guests = new Map<string, number>();

  /** `opened`: what they are told now, if anything. */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastPaxosMessage>,
    private readonly proposers: readonly string[],
    private readonly opened: () => Opened | undefined,
  ) {}

  heard(node: string): void {
    if (this.proposers.includes(node)) return;
    if (!this.#guests.delete(node)) this.tell(node);
    this.#guests.set(node, this.context.now());
    if (this.#guests.size > MOST_GUESTS) this.#guests.delete(this.#guests.keys().next().value as string);
  }

  tellAll(now: number): void {
    for (const node of this.proposers) this.tell(node);
    for (const [node, at] of this.#guests)
      if (now - at < GUEST) this.tell(node);
      else this.#guests.delete(node);
  }

  tell(node: string): void {
    const opened = this.opened();
    if (opened !== undefined) this.effects.send(this.context.address('proposer', node), opened);
  }
}
