import type { Envelope } from '@synod/core';

/** `A→B`, or `A,B→C`, or `*→A`: which messages; and of which kinds, all unless named. */
export type Link = `${string}→${string}`;

/** What nodes have said to each other and nobody has received yet, oldest first. */
export class Wire {
  #envelopes: Envelope[] = [];
  #cuts: ((envelope: Envelope) => boolean)[] = [];

  push(envelope: Envelope): void {
    if (!this.#cuts.some((cut) => cut(envelope))) this.#envelopes.push(envelope);
  }

  /** Takes all that lies on the link of these kinds (all, unless named). */
  take(link: Link, kinds: readonly string[] = []): Envelope[] {
    const fits = fitting(link, kinds);
    const taken = this.#envelopes.filter(fits);
    this.#envelopes = this.#envelopes.filter((envelope) => !fits(envelope));
    return taken;
  }

  /** Takes the oldest of what these nodes say to each other; of all, if none is named. */
  next(nodes: readonly string[]): Envelope | undefined {
    const at = this.#envelopes.findIndex(({ from, to }) => nodes.length === 0 || (nodes.includes(from.node) && nodes.includes(to.node)));
    return at < 0 ? undefined : this.#envelopes.splice(at, 1)[0];
  }

  /** From now on, what is sent on this link is lost. */
  cut(link: Link): void {
    this.#cuts.push(fitting(link, []));
  }

  heal(): void {
    this.#cuts = [];
  }

  /** What lies there, as `A→B accept`. */
  lines(link: Link = '*→*'): string[] {
    return this.#envelopes.filter(fitting(link, [])).map(({ from, to, message }) => `${from.node}→${to.node} ${message.kind}`);
  }
}

const fitting = (link: Link, kinds: readonly string[]): ((envelope: Envelope) => boolean) => {
  const [senders, receivers] = link.split('→').map((side) => side.split(',')) as [string[], string[]];
  const has = (nodes: readonly string[], node: string): boolean => nodes[0] === '*' || nodes.includes(node);
  return ({ from, to, message }) =>
    has(senders, from.node) && has(receivers, to.node) && (kinds.length === 0 || kinds.includes(message.kind));
};
