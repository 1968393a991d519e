import type { TraceEvent } from '@synod/core';
import type { Entry } from '../../../packages/core/src/replication/entry.js';
import { sameEntry } from '../../../packages/core/src/replication/entry.js';

interface Proposed {
  readonly ballot: string;
  readonly first: number;
  readonly entries: readonly Entry[];
}

/**
 * Watches everything that the nodes of a transcript do, across their lives, and throws at the first step that breaks an invariant
 * of `docs/protocols.md` §11: Agreement, OneValuePerBallot, PromiseMonotone, VoteGuard, LearnSound, PrefixExec.
 */
export class Checker {
  readonly #promised = new Map<string, string>();
  readonly #proposals = new Map<string, Entry>();
  readonly #votes = new Map<string, Set<string>>();
  readonly #chosen = new Map<number, Entry>();
  readonly #applied = new Map<number, Entry>();

  constructor(private readonly quorum: number) {}

  /** What was chosen in a slot, if anything: a fact about history, whoever knows of it. */
  chosen(slot: number): Entry | undefined {
    return this.#chosen.get(slot);
  }

  watch(node: string, event: TraceEvent): void {
    const proposed = event as unknown as Proposed;
    switch (event.event) {
      case 'promise':
        this.#promise(node, proposed.ballot);
        break;
      case 'propose':
        this.#each(proposed, (slot, entry) => this.#propose(proposed.ballot, slot, entry));
        break;
      case 'vote':
        if (compare(proposed.ballot, this.#promised.get(node) ?? '0.') < 0)
          throw new Error(`VoteGuard: ${node} voted at ${proposed.ballot} having promised ${this.#promised.get(node)}`);
        this.#promise(node, proposed.ballot);
        this.#each(proposed, (slot, entry) => this.#vote(node, proposed.ballot, slot, entry));
        break;
      case 'apply':
        this.#apply(event.slot as number, event.entry as Entry);
        break;
    }
  }

  #each({ first, entries }: Proposed, act: (slot: number, entry: Entry) => void): void {
    for (const [i, entry] of entries.entries()) act(first + i, entry);
  }

  #promise(node: string, ballot: string): void {
    const before = this.#promised.get(node) ?? '0.';
    if (compare(ballot, before) < 0) throw new Error(`PromiseMonotone: ${node} promised ${ballot} after ${before}`);
    this.#promised.set(node, ballot);
  }

  #propose(ballot: string, slot: number, entry: Entry): void {
    const key = `${ballot} ${slot}`;
    const other = this.#proposals.get(key);
    if (other !== undefined && !sameEntry(other, entry)) throw new Error(`OneValuePerBallot: two proposals at ${ballot} in slot ${slot}`);
    this.#proposals.set(key, entry);
    const chosen = this.#chosen.get(slot);
    if (chosen !== undefined && !sameEntry(chosen, entry)) throw new Error(`SafeAt: ${ballot} proposes another value in slot ${slot}`);
  }

  #vote(node: string, ballot: string, slot: number, entry: Entry): void {
    this.#propose(ballot, slot, entry);
    const key = `${ballot} ${slot}`;
    let voters = this.#votes.get(key);
    if (voters === undefined) this.#votes.set(key, (voters = new Set()));
    voters.add(node);
    if (voters.size < this.quorum) return;
    const chosen = this.#chosen.get(slot);
    if (chosen !== undefined && !sameEntry(chosen, entry)) throw new Error(`Agreement: two values are chosen in slot ${slot}`);
    this.#chosen.set(slot, entry);
  }

  #apply(slot: number, entry: Entry): void {
    const chosen = this.#chosen.get(slot);
    if (chosen === undefined) throw new Error(`LearnSound: slot ${slot} is applied but not chosen`);
    if (!sameEntry(chosen, entry)) throw new Error(`LearnSound: slot ${slot} is applied with another value than was chosen`);
    const before = this.#applied.get(slot);
    if (before !== undefined && !sameEntry(before, entry)) throw new Error(`PrefixExec: slot ${slot} is applied with two values`);
    this.#applied.set(slot, entry);
  }
}

const compare = (a: string, b: string): number => {
  const [[roundA, nodeA], [roundB, nodeB]] = [a.split('.'), b.split('.')] as [[string, string], [string, string]];
  return Number(roundA) - Number(roundB) || (nodeA < nodeB ? -1 : nodeA > nodeB ? 1 : 0);
};
