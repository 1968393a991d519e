import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import { sameBytes } from '../../transport/bytes.js';
import { type Ballot, compareBallots, formatBallot, isPlausible, NO_BALLOT, sameBallot } from '../ballot.js';
import { Admission, type Admitting, NOT_ADMITTED } from '../enrolment/admission.js';
import { SmallState } from '../small-state.js';
import type { ConsensusEvent } from '../trace-events.js';
import { type AcceptorState, acceptorCheckpoint, promiseRecord, recoverAcceptor, voteRecord } from './acceptor-log.js';
import type { Accept, Accepted, AcceptorMessage, Ask, Prepare, Probe, SynodMessage } from './messages.js';
import type { SynodOptions } from './options.js';
import type { Placement } from './placement.js';
import { entryOf, SLOT } from './value-entry.js';

/**
 * The acceptor: what it promised, and what it voted for last. (Paxos Made Simple §2.2; `docs/protocols.md` §2, rules 1 and 2) Both are
 * persisted before the answer; the gate sees to it.
 */
export class Acceptor implements Admitting<AcceptorMessage> {
  readonly #state: AcceptorState;
  readonly #kept: SmallState;
  readonly admission: Admission;
  readonly #learners: readonly Address[];

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<SynodMessage>,
    placement: Placement,
    { retry }: Pick<SynodOptions, 'retry'>,
  ) {
    this.#state = recoverAcceptor(context.recovered);
    this.#kept = new SmallState(effects, () => acceptorCheckpoint(this.#state));
    this.admission = new Admission(context, effects, placement, retry, this.#state.admission, this.#kept);
    this.#learners = placement.told.map((node) => context.address('learner', node));
  }

  start(): void {
    this.#show();
  }

  /** Phase 1. */
  prepare({ ballot, nonce }: Prepare, proposer: Address): void {
    if (this.#refused('prepare', ballot, proposer)) return;
    if (!sameBallot(ballot, this.#state.promised)) this.#promise(ballot);
    const { voted, value } = this.#state;
    this.effects.send(proposer, { kind: 'promise', ballot, nonce, voted, value });
  }

  /** Phase 2. */
  accept({ ballot, value }: Accept, proposer: Address): void {
    if (this.#refused('accept', ballot, proposer)) return;
    if (!sameBallot(ballot, this.#state.voted)) this.#vote(ballot, value);
    else if (!sameBytes(value, this.#state.value)) return this.#ignore('accept', `a second value at ballot ${formatBallot(ballot)}`);
    // To all of them again, if it comes again: somebody may have missed it.
    const vote: Accepted = { kind: 'accepted', ballot, value: this.#state.value };
    this.effects.send(proposer, vote);
    for (const learner of this.#learners) this.effects.send(learner, vote);
  }

  /** What it voted for it did vote for, whether it may vote today or not. */
  ask(_question: Ask, learner: Address): void {
    const { voted: ballot, value } = this.#state;
    if (!sameBallot(ballot, NO_BALLOT)) this.effects.send(learner, { kind: 'accepted', ballot, value });
  }

  probe({ nonce }: Probe, proposer: Address): void {
    if (!this.admission.mayVote) return this.#ignore('probe', NOT_ADMITTED);
    this.effects.send(proposer, { kind: 'probed', nonce, promised: this.#state.promised });
  }

  checkpointed(): void {
    this.#kept.checkpointed();
  }

  /** Whether it may not answer; a proposer whose ballot is below the promise is told. */
  #refused(message: string, ballot: Ballot, proposer: Address): boolean {
    const { promised } = this.#state;
    if (!this.admission.mayVote) this.#ignore(message, NOT_ADMITTED);
    else if (!isPlausible(ballot, promised)) this.#ignore(message, 'an implausible leap of rounds');
    else if (compareBallots(ballot, promised) < 0) this.effects.send(proposer, { kind: 'nack', ballot, promised });
    else return false;
    return true;
  }

  #promise(ballot: Ballot): void {
    this.#state.promised = ballot;
    this.#persist(promiseRecord(ballot));
    if (this.context.tracing) this.effects.trace({ event: 'promise', ballot } satisfies ConsensusEvent);
  }

  /** A vote is a promise too. */
  #vote(ballot: Ballot, value: Uint8Array): void {
    this.#state.promised = ballot;
    this.#state.voted = ballot;
    // A copy: what it was sent is a view of a frame.
    this.#state.value = value.slice();
    this.#persist(voteRecord(ballot, value));
    if (this.context.tracing)
      this.effects.trace({ event: 'vote', ballot, first: SLOT, entries: [entryOf(this.#state.value)] } satisfies ConsensusEvent);
  }

  #persist(record: Uint8Array): void {
    this.effects.persist(record);
    this.admission.used();
    this.#kept.persisted();
    this.#show();
  }

  #ignore(message: string, reason: string): void {
    if (this.context.tracing) this.effects.trace({ event: 'ignore', message, reason } satisfies ConsensusEvent);
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.promised = formatBallot(this.#state.promised);
    gauges.voted = formatBallot(this.#state.voted);
  }
}
