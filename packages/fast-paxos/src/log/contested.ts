import { type Entry, type Step, sizeOfEntry } from '@synod/core/consensus';
import { type Picked, pickAt } from '../pick.js';
import type { FastQuorumSystem } from '../quorums.js';
import { FastTally } from '../tally.js';
import { sameValue } from './value.js';

/** A slot that is open to proposers and not decided, as its coordinator sees it. */
export class Contested {
  /** By step. */
  readonly #tallies = new Map<number, FastTally<Entry>>();
  /** All that anybody was heard to propose in it or to vote for. */
  readonly #values: Entry[] = [];
  #bytes = 0;
  /** How often everybody was asked to vote in it. */
  nudges = 0;

  /** `since`: when it was first heard of, or its coordinator last did something about it. */
  constructor(
    private readonly quorum: FastQuorumSystem,
    public since: number,
  ) {}

  get values(): readonly Entry[] {
    return this.#values;
  }

  /** Of the values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** By how many bytes the values grow. */
  proposed(value: Entry): number {
    if (this.#values.some((known) => sameValue(known, value))) return 0;
    const bytes = sizeOfEntry(value);
    this.#values.push(value);
    this.#bytes += bytes;
    return bytes;
  }

  /** Somebody was heard to vote for what was proposed. What is chosen by it, if anything. */
  voted(node: string, step: number, value: Entry): Entry | undefined {
    let tally = this.#tallies.get(step);
    if (tally === undefined) this.#tallies.set(step, (tally = new FastTally(this.quorum, sameValue)));
    tally.add(node, value);
    return tally.chosen?.value;
  }

  /** No value can be chosen at this step any more. */
  collidedAt(step: number): boolean {
    return this.#tallies.get(step)?.collided ?? false;
  }

  /**
   * What to propose after the step, if a phase-1 quorum has voted at it: each of these votes says all that an answer to phase 1 of the next
   * step would. Who has not voted says nothing.
   */
  pickAfter(at: Step): Picked<Entry> | undefined {
    const votes = this.#tallies.get(at.step ?? 0)?.votes;
    if (votes === undefined) return undefined;
    const voters = new Set(votes.keys());
    return this.quorum.isPhase1(voters) ? pickAt(at, votes, voters, this.quorum, sameValue) : undefined;
  }
}
