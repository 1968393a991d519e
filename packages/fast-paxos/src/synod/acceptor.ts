import type { ActorContext, Address, Effects } from '@synod/core';
import {
  Admission,
  type Admitting,
  type Ballot,
  ballotOf,
  type ConsensusEvent,
  compareBallots,
  compareSteps,
  formatBallot,
  isPlausible,
  NO_BALLOT,
  NOT_ADMITTED,
  SmallState,
  type Step,
  sameBallot,
  sameBytes,
  sameStep,
} from '@synod/core/consensus';
import {
  type AcceptorState,
  type Ask,
  acceptorCheckpoint,
  entryOf,
  type Prepare,
  type Probe,
  promiseRecord,
  recoverAcceptor,
  SLOT,
  voteRecord,
} from '@synod/core/synod';
import type { Accept, Accepted, AcceptorMessage, Any, FastSynodMessage, Proposal } from './messages.js';
import type { FastSynodOptions } from './options.js';
import type { Placement } from './placement.js';
import { Uncoordinated } from './uncoordinated.js';

/** So much of the time after which a message is sent again acceptors wait for the rest of the votes of a step that collided. */
const GATHERING = 1 / 10;

interface Waiting {
  readonly value: Uint8Array;
  readonly proposer: string;
}

/**
 * The acceptor: as that of the Synod, and open to proposers where a coordinator let it be. (Lamport, Fast Paxos §2.2; `docs/protocols.md` §6,
 * rules 2 and 3) Whom it may vote for without asking it forgets in a crash, so then it waits to be told again; what it voted for it does
 * not, so it never votes twice.
 */
export class Acceptor implements Admitting<AcceptorMessage> {
  readonly #state: AcceptorState;
  readonly #kept: SmallState;
  readonly admission: Admission;
  readonly #collisions: Uncoordinated;
  readonly #firstStep: number;
  /** The ballot whose first step takes what proposers propose. */
  #open = NO_BALLOT;
  /** Proposed while none was open. */
  #waiting: Waiting | undefined;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastSynodMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<FastSynodOptions, 'retry' | 'uncoordinated'>,
  ) {
    const { retry, uncoordinated } = options;
    this.#state = recoverAcceptor(context.recovered);
    this.#kept = new SmallState(effects, () => acceptorCheckpoint(this.#state));
    this.admission = new Admission(context, effects, placement, retry, this.#state.admission, this.#kept);
    this.#firstStep = -1 - uncoordinated;
    this.#collisions = new Uncoordinated(placement.quorum);
  }

  start(): void {
    this.#show();
  }

  /** Phase 1. */
  prepare({ ballot, nonce }: Prepare, coordinator: Address): void {
    if (this.#refused('prepare', ballot, coordinator)) return;
    if (!sameBallot(ballot, this.#state.promised)) this.#promise(ballot);
    const { voted, value } = this.#state;
    this.effects.send(coordinator, { kind: 'promise', ballot, nonce, voted, value });
  }

  /** Phase 2 of a classic step. */
  accept({ ballot, value }: Accept, coordinator: Address): void {
    if (this.#refused('accept', ballot, coordinator)) return;
    if (!sameStep(ballot, this.#state.voted)) this.#vote(ballot, value);
    else if (!sameBytes(value, this.#state.value)) return this.#ignore('accept', `a second value at ballot ${formatBallot(ballot)}`);
    // To all of them again, if it comes again: somebody may have missed it.
    this.#tell();
  }

  /** Phase 2 of a fast step begins. */
  any({ ballot }: Any, coordinator: Address): void {
    if (this.#refused('any', ballot, coordinator)) return;
    if (!sameBallot(ballot, this.#state.promised)) this.#promise(ballot);
    this.#open = ballot;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#propose(waiting);
  }

  proposal({ value }: Proposal, { node: proposer }: Address): void {
    this.#propose({ value, proposer });
  }

  /** Another acceptor's vote at a step that a fast one follows. If such votes collide, each acceptor picks what to vote for next. */
  accepted({ ballot: at, value }: Accepted, { node }: Address): void {
    if ((at.step ?? 0) >= -1 || !isPlausible(at, this.#state.promised) || compareBallots(at, this.#state.promised) < 0) return;
    this.#heard(node, at, value);
  }

  gatherTimer(): void {
    this.#recover();
  }

  /** What it voted for it did vote for, whether it may vote today or not. */
  ask(_question: Ask, learner: Address): void {
    const { voted: ballot, value } = this.#state;
    if (!sameBallot(ballot, NO_BALLOT)) this.effects.send(learner, { kind: 'accepted', ballot, value });
  }

  probe({ nonce }: Probe, coordinator: Address): void {
    if (!this.admission.mayVote) return this.#ignore('probe', NOT_ADMITTED);
    this.effects.send(coordinator, { kind: 'probed', nonce, promised: this.#state.promised });
  }

  checkpointed(): void {
    this.#kept.checkpointed();
  }

  /** Votes for what comes first; who proposes anything later is told of that. */
  #propose({ value, proposer }: Waiting): void {
    const { promised, voted } = this.#state;
    if (!this.admission.mayVote) return this.#ignore('proposal', NOT_ADMITTED);
    if (sameBallot(this.#open, NO_BALLOT) || !sameBallot(this.#open, promised)) {
      this.#waiting = { value: value.slice(), proposer };
      return this.#ignore('proposal', 'no fast step is open');
    }
    const at: Step = { ...promised, step: this.#firstStep };
    if (compareSteps(at, voted) > 0) {
      this.#vote(at, value);
      this.#tell(proposer);
    } else this.ask({ kind: 'ask' }, this.context.address('learner', proposer));
  }

  #heard(voter: string, at: Step, value: Uint8Array): void {
    this.#collisions.add(voter, at, value);
    if (this.#collisions.heardAll) this.#recover();
    else if (this.#collisions.next !== undefined)
      this.effects.startTimer('gather', this.options.retry * GATHERING, { kind: 'gatherTimer' });
  }

  /** Uncoordinated: votes at the step after that which collided, as if its coordinator had sent what it picks. */
  #recover(): void {
    const next = this.#collisions.next;
    if (next === undefined || !this.admission.mayVote) return;
    this.effects.stopTimer('gather');
    const { promised, voted } = this.#state;
    if (compareBallots(next.at, promised) < 0 || compareSteps(next.at, voted) <= 0) return;
    this.#vote(next.at, next.value);
    this.#tell();
  }

  /** Whether it may not answer; a coordinator whose ballot is below the promise is told. */
  #refused(message: string, ballot: Ballot, coordinator: Address): boolean {
    const { promised } = this.#state;
    if (!this.admission.mayVote) this.#ignore(message, NOT_ADMITTED);
    else if (!isPlausible(ballot, promised)) this.#ignore(message, 'an implausible leap of rounds');
    else if (compareBallots(ballot, promised) < 0) this.effects.send(coordinator, { kind: 'nack', ballot, promised });
    else return false;
    return true;
  }

  #promise(ballot: Ballot): void {
    this.#state.promised = ballot;
    this.#persist(promiseRecord(ballot));
    if (this.context.tracing) this.effects.trace({ event: 'promise', ballot } satisfies ConsensusEvent);
  }

  /** A vote is a promise of its ballot too. */
  #vote(at: Step, value: Uint8Array): void {
    this.#state.promised = ballotOf(at);
    this.#state.voted = at;
    // A copy: what it was sent is a view of a frame.
    this.#state.value = value.slice();
    this.#persist(voteRecord(at, value));
    if (this.context.tracing)
      this.effects.trace({ event: 'vote', ballot: at, first: SLOT, entries: [entryOf(this.#state.value)] } satisfies ConsensusEvent);
  }

  /** Of its last vote: who owns the ballot, who learns, who proposed, if that is somebody else, and who may have to pick. */
  #tell(proposer?: string): void {
    const { context, effects, placement } = this;
    const { voted, value } = this.#state;
    const vote: Accepted = { kind: 'accepted', ballot: voted, value };
    effects.send(context.address('coordinator', voted.node), vote);
    for (const node of placement.learners) effects.send(context.address('learner', node), vote);
    if (proposer !== undefined && !placement.learners.includes(proposer)) effects.send(context.address('learner', proposer), vote);
    if ((voted.step ?? 0) >= -1) return;
    for (const node of placement.acceptors) if (node !== context.self.node) effects.send(context.address('acceptor', node), vote);
    // Its own counts at once: what comes of that is told once it is durable, and this vote with it.
    this.#heard(context.self.node, voted, value);
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
