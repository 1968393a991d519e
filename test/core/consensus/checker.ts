import type { TraceEvent } from '@synod/core';
import { type Ballot, compareBallots, formatBallot, NO_BALLOT } from '../../../packages/core/src/consensus/ballot.js';
import type { ConsensusEvent, ProposeEvent, VoteEvent } from '../../../packages/core/src/consensus/trace-events.js';
import type { Entry } from '../../../packages/core/src/replication/entry.js';
import { sameEntry } from '../../../packages/core/src/replication/entry.js';

/**
 * Watches everything that the nodes of a transcript do, across their lives, and throws at the first step that breaks an invariant
 * of `docs/protocols.md` §11: Agreement, OneValuePerBallot, PromiseMonotone, VoteGuard, LearnSound, PrefixExec.
 */
export class Checker {
  readonly #promised = new Map<string, Ballot>();
  readonly #proposals = new Map<string, Entry>();
  readonly #votes = new Map<string, Set<string>>();
  readonly #chosen = new Map<number, Entry>();
  readonly #applied = new Map<number, Entry>();

  constructor(private readonly quorum: number) {}

  /** What was chosen in a slot, if anything: a fact about history, whoever knows of it. */
  chosen(slot: number): Entry | undefined {
    return this.#chosen.get(slot);
  }

  watch(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    switch (event.event) {
      case 'promise':
        this.#promise(node, event.ballot);
        break;
      case 'propose':
        each(event, (slot, entry) => this.#propose(formatBallot(event.ballot), slot, entry));
        break;
      case 'vote': {
        const promised = this.#promised.get(node) ?? NO_BALLOT;
        const ballot = formatBallot(event.ballot);
        if (compareBallots(event.ballot, promised) < 0)
          throw new Error(`VoteGuard: ${node} voted at ${ballot} having promised ${formatBallot(promised)}`);
        this.#promise(node, event.ballot);
        each(event, (slot, entry) => this.#vote(node, ballot, slot, entry));
        break;
      }
      case 'apply':
        this.#apply(event.slot, event.entry);
        break;
    }
  }

  #promise(node: string, ballot: Ballot): void {
    const before = this.#promised.get(node) ?? NO_BALLOT;
    if (compareBallots(ballot, before) < 0)
      throw new Error(`PromiseMonotone: ${node} promised ${formatBallot(ballot)} after ${formatBallot(before)}`);
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

const each = ({ first, entries }: ProposeEvent | VoteEvent, act: (slot: number, entry: Entry) => void): void => {
  for (const [i, entry] of entries.entries()) act(first + i, entry);
};
