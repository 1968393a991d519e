import type { ActorContext, Address, Effects, Role } from '@synod/core';
import { BackOff, type ConsensusEvent, type Step } from '@synod/core/consensus';
import { type AskTimer, type Chosen, entryOf, SLOT } from '@synod/core/synod';
import type { Accepted, FastSynodMessage, LearnerMessage, Seek } from './messages.js';
import type { FastSynodOptions } from './options.js';
import type { Placement } from './placement.js';
import { Votes } from './votes.js';

/** ms between two questions of who waits for a decision that may not come, at most. */
const SLOWEST_QUESTION = 10_000;

/**
 * The learner: finds out what is decided, from votes, from a coordinator, or by asking. (Lamport, Fast Paxos §2.2; `docs/protocols.md` §6,
 * rule 4) It keeps nothing: after a restart it asks.
 */
export class Learner implements Role<LearnerMessage> {
  readonly #votes: Votes;
  readonly #questions: BackOff;
  /** The proposer of the same node; undefined where none is played. */
  readonly #proposer: Address | undefined;
  #value: Uint8Array | undefined;
  #asking = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastSynodMessage>,
    private readonly placement: Placement,
    { retry }: Pick<FastSynodOptions, 'retry'>,
  ) {
    this.#votes = new Votes(placement.quorum);
    this.#questions = new BackOff(retry, SLOWEST_QUESTION, context.random);
    const proposes = placement.proposers.includes(context.self.node) || !this.#isListed;
    this.#proposer = proposes ? context.address('proposer') : undefined;
  }

  start(): void {
    // One outside the topology is told nothing, and asks once somebody there wants to know.
    if (this.#isListed) this.#ask();
    this.#show();
  }

  /** A node outside the topology plays learner too, and is not listed. */
  get #isListed(): boolean {
    return this.placement.learners.includes(this.context.self.node);
  }

  seek({ soon }: Seek): void {
    if (this.#value !== undefined) return this.#tell(this.#value);
    if (soon) this.#questions.reset();
    if (soon || !this.#asking) this.#ask();
  }

  accepted({ ballot, value }: Accepted, { node }: Address): void {
    if (this.#value !== undefined) return;
    const chosen = this.#votes.add(node, ballot, value);
    if (chosen !== undefined) return this.#learned(chosen, ballot);
    // Something is going on, or was: if the rest of it is lost, it is asked for before long.
    if (this.#asking) this.#askLater();
  }

  chosen({ value }: Chosen): void {
    this.#learned(value);
  }

  askTimer(_timer: AskTimer): void {
    this.#ask();
  }

  /** Asks all acceptors what they voted for, and again by timer, more and more seldom. */
  #ask(): void {
    if (this.#value !== undefined) return;
    this.#asking = true;
    for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), { kind: 'ask' });
    this.#askIn(this.#questions.next());
  }

  /** Not at once: what is on its way should come first. */
  #askLater(): void {
    this.#questions.reset();
    this.#askIn(this.#questions.next());
  }

  #askIn(pause: number): void {
    this.effects.startTimer('ask', pause, { kind: 'askTimer' });
  }

  /** `at`: where it has heard the votes of enough acceptors itself. */
  #learned(value: Uint8Array, at?: Step): void {
    if (this.#value !== undefined) return;
    // A copy: what it was sent is a view of a frame.
    this.#value = value.slice();
    this.effects.stopTimer('ask');
    if (this.context.tracing) {
      const entry = entryOf(this.#value);
      if (at !== undefined) this.effects.trace({ event: 'choose', ballot: at, first: SLOT, entries: [entry] } satisfies ConsensusEvent);
      this.effects.trace({ event: 'apply', slot: SLOT, entry, repeated: false } satisfies ConsensusEvent);
    }
    this.#tell(this.#value);
    this.#show();
  }

  #tell(value: Uint8Array): void {
    if (this.#proposer !== undefined) this.effects.send(this.#proposer, { kind: 'decided', value });
  }

  #show(): void {
    const { gauges } = this.context;
    const slots = this.#value === undefined ? 0 : 1;
    gauges.chosen = slots;
    gauges.applied = slots;
  }
}
