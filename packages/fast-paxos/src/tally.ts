import { type Same, votesByValue } from './pick.js';
import type { FastQuorumSystem } from './quorums.js';

/** The votes of one slot at one fast step, as one node heard of them. (Lamport, Fast Paxos §2.2; `docs/protocols.md` §6, rule 4) */
export class FastTally<Value> {
  readonly #votes = new Map<string, Value>();
  #chosen: { readonly value: Value } | undefined;
  #collided = false;

  constructor(
    private readonly quorum: FastQuorumSystem,
    private readonly same: Same<Value>,
  ) {}

  /** By voter. */
  get votes(): ReadonlyMap<string, Value> {
    return this.#votes;
  }

  /** What a fast quorum has voted for. */
  get chosen(): { readonly value: Value } | undefined {
    return this.#chosen;
  }

  /** No value can come to be chosen here any more, however those vote who were not heard. */
  get collided(): boolean {
    return this.#collided;
  }

  /** False if this acceptor was heard to vote for another value before, which no correct one does: the first stands. */
  add(node: string, value: Value): boolean {
    const before = this.#votes.get(node);
    if (this.#votes.has(node)) return this.same(before as Value, value);
    if (!this.quorum.members.includes(node)) return true;
    this.#votes.set(node, value);
    this.#count();
    return true;
  }

  #count(): void {
    const values = votesByValue(this.#votes, this.same);
    const chosen = values.find(({ voters }) => this.quorum.isFast(voters));
    if (chosen !== undefined) this.#chosen ??= { value: chosen.value };
    const unheard = this.quorum.members.filter((node) => !this.#votes.has(node));
    this.#collided = !values.some(({ voters }) => this.quorum.isFast(new Set([...voters, ...unheard])));
  }
}
