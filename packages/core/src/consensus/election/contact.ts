/**
 * When each acceptor was last heard of. A leader that has not heard of a phase-2 quorum for a while steps down (check-quorum), so
 * that a leader nobody can use does not keep others from standing. (`docs/protocols.md` §9)
 */
export class Contact {
  readonly #heardAt = new Map<string, number>();

  /** At the beginning everyone counts as heard at `now`. */
  constructor(members: readonly string[], now: number) {
    for (const member of members) this.#heardAt.set(member, now);
  }

  heard(node: string, now: number): void {
    if (this.#heardAt.has(node)) this.#heardAt.set(node, now);
  }

  /** Those heard of at or after `time`. */
  since(time: number): ReadonlySet<string> {
    const nodes = new Set<string>();
    for (const [node, at] of this.#heardAt) if (at >= time) nodes.add(node);
    return nodes;
  }
}
