import { type Ballot, NO_BALLOT, type Step, sameBallot, sameBytes } from '@synod/core/consensus';
import { type LastVote, type Picked, pick, pickAt } from '../pick.js';
import type { FastQuorumSystem } from '../quorums.js';
import { FastTally } from '../tally.js';
import type { Promise1b } from './messages.js';

/** The step that the owner's own follows. */
const LAST_FAST = -1;

/**
 * One ballot of a coordinator: phase 1, its fast steps, if it is opened to proposers, and its classic step. (Lamport, Fast Paxos §2.2;
 * `docs/protocols.md` §6) Answers are kept by who gave them, so one that comes twice counts once.
 */
export class Attempt {
  readonly #told = new Map<string, LastVote<Uint8Array> | undefined>();
  readonly #fast = new Map<number, FastTally<Uint8Array>>();
  readonly #voted = new Set<string>();
  #phase: 'preparing' | 'open' | 'proposing' = 'preparing';
  #complete = false;
  #value: Uint8Array | undefined;
  /** Somebody promised a higher ballot. This one may be chosen all the same, if enough had voted before. */
  preempted = false;

  constructor(
    readonly ballot: Ballot,
    readonly nonce: number,
    private readonly quorum: FastQuorumSystem,
  ) {}

  get phase(): 'preparing' | 'open' | 'proposing' {
    return this.#phase;
  }

  /** What it proposes itself, if it does. */
  get value(): Uint8Array | undefined {
    return this.#value;
  }

  /** Whether this acceptor has answered in the present phase. */
  has(node: string): boolean {
    return this.#phase === 'preparing' ? this.#told.has(node) : this.#phase === 'proposing' && this.#voted.has(node);
  }

  /** An answer to this phase 1. What may be proposed, when it makes the quorum complete; later ones change nothing. */
  promise(node: string, { voted, value }: Promise1b): Picked<Uint8Array> | undefined {
    if (this.#complete) return undefined;
    this.#told.set(node, sameBallot(voted, NO_BALLOT) ? undefined : { at: voted, value: value.slice() });
    this.#complete = this.quorum.isPhase1(new Set(this.#told.keys()));
    return this.#complete ? pick(this.#told, this.quorum, sameBytes) : undefined;
  }

  /** Lets acceptors vote for whatever comes. */
  open(): void {
    this.#phase = 'open';
  }

  /** Fixes the one value of its classic step. */
  propose(value: Uint8Array): void {
    this.#phase = 'proposing';
    this.#value = value;
  }

  /** A vote at a step of this ballot. The value, if that is chosen by it. */
  accepted(node: string, { step = 0 }: Step, value: Uint8Array): Uint8Array | undefined {
    if (step === 0) {
      this.#voted.add(node);
      return this.quorum.isPhase2(this.#voted) ? this.#value : undefined;
    }
    let tally = this.#fast.get(step);
    if (tally === undefined) this.#fast.set(step, (tally = new FastTally(this.quorum, sameBytes)));
    tally.add(node, value.slice());
    return tally.chosen?.value;
  }

  /** Nothing can be chosen at its last fast step any more. */
  get collided(): boolean {
    return this.#fast.get(LAST_FAST)?.collided ?? false;
  }

  /** Coordinated recovery: a vote at the last fast step is as good as a promise of the classic one. Undefined if these are too few. */
  get recovered(): Picked<Uint8Array> | undefined {
    const votes = this.#fast.get(LAST_FAST)?.votes;
    if (votes === undefined) return undefined;
    const told = new Set(votes.keys());
    return this.quorum.isPhase1(told) ? pickAt({ ...this.ballot, step: LAST_FAST }, votes, told, this.quorum, sameBytes) : undefined;
  }
}
