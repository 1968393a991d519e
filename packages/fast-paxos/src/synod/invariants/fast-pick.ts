import type { Envelope, TraceEvent } from '@synod/core';
import { type Ballot, type ConsensusEvent, compareSteps, formatBallot, NO_BALLOT, type Step, sameBallot } from '@synod/core/consensus';
import { digestOf, type Invariant, type Observer, type Report } from '@synod/core/simulation';
import { entryOf } from '@synod/core/synod';
import type { FastQuorumSystem } from '../../quorums.js';
import type { Accepted, FastSynodMessage, Promise1b } from '../messages.js';

/** The last vote that an acceptor told of, by acceptor; undefined where it had none. Values by their digests. */
type Told = Map<string, { readonly at: Step; readonly value: number } | undefined>;

/**
 * FastPick (Lamport, Fast Paxos, §2.2, O4; docs/protocols.md §11): what a coordinator proposes at a classic step, and what an acceptor votes
 * for at a fast one that is not the first, is a value that what it was told allows. It was told by a phase-1 quorum, either by promises or
 * by votes at the step before; and if at the highest step that this tells of there is a quorum of which everybody who told voted for one
 * value, it is that value. Quorums are gone through one by one.
 */
export const fastPick = (quorum: FastQuorumSystem, firstStep: number): Invariant => ({
  name: 'FastPick',
  overhears: ['coordinator', 'acceptor'],
  watch: (report) => new FastPick(quorum, firstStep, report),
});

class FastPick implements Observer {
  readonly traces = ['propose', 'vote'];
  readonly hears = ['promise', 'accepted'];
  /** By who was told, and what that is evidence for. */
  readonly #told = new Map<string, Told>();
  readonly #sets: readonly ReadonlySet<string>[];

  constructor(
    private readonly quorum: FastQuorumSystem,
    private readonly firstStep: number,
    private readonly report: Report,
  ) {
    const { members } = quorum;
    this.#sets = Array.from({ length: 1 << members.length }, (_, set) => new Set(members.filter((_, i) => (set & (1 << i)) !== 0)));
  }

  received({ from, to, message }: Envelope): void {
    const { kind } = message as FastSynodMessage;
    if (!this.quorum.members.includes(from.node)) return;
    if (kind === 'promise') {
      const { ballot, nonce, voted, value } = message as Promise1b;
      const vote = sameBallot(voted, NO_BALLOT) ? undefined : { at: voted, value: digestOf(entryOf(value)) };
      this.#of(`${to.node} ${formatBallot(ballot)} ${nonce}`).set(from.node, vote);
    } else if (kind === 'accepted') {
      const { ballot: at, value } = message as Accepted;
      if ((at.step ?? 0) < 0) this.#of(`${to.node} ${formatBallot(at)}`).set(from.node, { at, value: digestOf(entryOf(value)) });
    }
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event !== 'propose' && event.event !== 'vote') return;
    const { ballot: at, entries } = event;
    const step = at.step ?? 0;
    const value = digestOf(entries[0] as (typeof entries)[number]);
    // What it voted for itself nobody tells it.
    if (event.event === 'vote' && step < 0) this.#of(`${node} ${formatBallot(at)}`).set(node, { at, value });
    // A vote at a classic step is for what was proposed; one at the first step, for whatever was.
    if (event.event === 'vote' && (step === 0 || step === this.firstStep)) return;
    const told = this.#evidence(node, at, event.event === 'propose');
    if (told.some((one) => this.#allows(one, value))) return;
    const what = told.map((one) =>
      [...one].map(([voter, vote]) => `${voter} ${vote === undefined ? 'no vote' : formatBallot(vote.at)}`).join(', '),
    );
    this.report(`${node} picks at ${formatBallot(at)} what it was not told to pick; it was told ${what.join('; or ') || 'nothing'}`);
  }

  #of(evidence: string): Told {
    let told = this.#told.get(evidence);
    if (told === undefined) this.#told.set(evidence, (told = new Map()));
    return told;
  }

  /** What it was told for this step: by votes at the step before, and, if the ballot is its own, by promises. */
  #evidence(node: string, at: Ballot & Step, owns: boolean): readonly Told[] {
    const before = this.#told.get(`${node} ${formatBallot({ ...at, step: (at.step ?? 0) - 1 })}`);
    const promises = owns ? [...this.#told].filter(([key]) => key.startsWith(`${node} ${formatBallot(at)} `)).map(([, told]) => told) : [];
    return before === undefined ? promises : [before, ...promises];
  }

  #allows(told: Told, value: number): boolean {
    if (!this.quorum.isPhase1(new Set(told.keys()))) return false;
    let highest: Step = NO_BALLOT;
    for (const vote of told.values()) if (vote !== undefined && compareSteps(vote.at, highest) > 0) highest = vote.at;
    if (highest === NO_BALLOT) return true;
    const votes = new Map<string, number>();
    for (const [node, vote] of told) if (vote !== undefined && compareSteps(vote.at, highest) === 0) votes.set(node, vote.value);
    return [...new Set(votes.values())].every((other) => other === value || !this.#mayBeChosen(other, votes, told, highest));
  }

  /** Some quorum of that step has nobody who told and did not vote for it. */
  #mayBeChosen(value: number, votes: ReadonlyMap<string, number>, told: Told, { step }: Step): boolean {
    return this.#sets.some(
      (set) => this.quorum.isPhase2(set, step) && [...set].every((node) => !told.has(node) || votes.get(node) === value),
    );
  }
}
