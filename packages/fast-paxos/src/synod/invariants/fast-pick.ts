import type { Envelope, TraceEvent } from '@synod/core';
import { type Ballot, type ConsensusEvent, formatBallot, NO_BALLOT, type Step, sameBallot } from '@synod/core/consensus';
import { digestOf, type Invariant, type Observer, type Report } from '@synod/core/simulation';
import { entryOf } from '@synod/core/synod';
import { Allowed } from '../../invariants/allowed.js';
import type { FastQuorumSystem } from '../../quorums.js';
import type { Accepted, FastSynodMessage, Promise1b } from '../messages.js';

/** By acceptor, what it told of its last vote. */
type Telling = Map<string, { readonly at: Step; readonly value: number } | undefined>;

/**
 * FastPick (Lamport, Fast Paxos, §2.2, O4; docs/protocols.md §11): what a coordinator proposes at a classic step, and what an acceptor votes
 * for at a fast one that is not the first, is a value that what it was told allows. It was told by a phase-1 quorum, either by promises or
 * by votes at the step before; and if at the highest step that this tells of there is a quorum of which everybody who told voted for one
 * value, it is that value. Quorums are gone through one by one.
 */
export const fastPick = (quorum: FastQuorumSystem, firstStep: number): Invariant => ({
  name: 'FastPick',
  overhears: ['coordinator', 'acceptor'],
  watch: (report) => new FastPick(quorum, firstStep, new Allowed(quorum), report),
});

class FastPick implements Observer {
  readonly traces = ['propose', 'vote'];
  readonly hears = ['promise', 'accepted'];
  /** By who was told, and what that is evidence for. */
  readonly #told = new Map<string, Telling>();

  constructor(
    private readonly quorum: FastQuorumSystem,
    private readonly firstStep: number,
    private readonly allowed: Allowed,
    private readonly report: Report,
  ) {}

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
    if (told.some((one) => this.allowed.allows(one, value))) return;
    const what = told.map((one) =>
      [...one].map(([voter, vote]) => `${voter} ${vote === undefined ? 'no vote' : formatBallot(vote.at)}`).join(', '),
    );
    this.report(`${node} picks at ${formatBallot(at)} what it was not told to pick; it was told ${what.join('; or ') || 'nothing'}`);
  }

  #of(evidence: string): Telling {
    let told = this.#told.get(evidence);
    if (told === undefined) this.#told.set(evidence, (told = new Map()));
    return told;
  }

  /** What it was told for this step: by votes at the step before, and, if the ballot is its own, by promises. */
  #evidence(node: string, at: Ballot & Step, owns: boolean): readonly Telling[] {
    const before = this.#told.get(`${node} ${formatBallot({ ...at, step: (at.step ?? 0) - 1 })}`);
    const promises = owns ? [...this.#told].filter(([key]) => key.startsWith(`${node} ${formatBallot(at)} `)).map(([, told]) => told) : [];
    return before === undefined ? promises : [before, ...promises];
  }
}
