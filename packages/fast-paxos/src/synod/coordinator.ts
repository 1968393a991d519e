import type { ActorContext, Address, Effects, Role } from '@synod/core';
import {
  BackOff,
  type Ballot,
  type ConsensusEvent,
  compareBallots,
  type Enrolled,
  Enrolment,
  formatBallot,
  higherBallot,
  isPlausible,
  NO_BALLOT,
  RoundLog,
  type Step,
  sameBallot,
} from '@synod/core/consensus';
import { entryOf, FirstBallot, type Nack, type Probed, type Request, SLOT } from '@synod/core/synod';
import { Attempt } from './attempt.js';
import type { FastSynodEvent } from './events.js';
import type { Accepted, CoordinatorMessage, FastSynodMessage, Promise1b } from './messages.js';
import type { FastSynodOptions } from './options.js';
import type { Placement } from './placement.js';

/** So many nodes are told what becomes of it; others ask again, or the acceptors. */
const MOST_ASKING = 4096;

/** ms between two messages that open a fast step again, at most: an acceptor that restarted does not know of it. */
const SLOWEST_ANY = 10_000;

/**
 * The coordinator: owns ballots. The first of them opens one before anybody wants anything, so that acceptors may vote at once for what a
 * proposer sends them. Where that comes to nothing, since votes collide, or too few come, or somebody grows impatient, it has a value
 * decided as a proposer of the Synod does. (Lamport, Fast Paxos §2.2, §3.2 and §3.3; `docs/protocols.md` §6)
 */
export class Coordinator implements Role<CoordinatorMessage> {
  readonly #rounds: RoundLog;
  readonly #enrolment: Enrolment;
  readonly #first: FirstBallot;
  readonly #backOff: BackOff;
  readonly #openings: BackOff;
  #maxSeen: Ballot = NO_BALLOT;
  /** It is the first one, and has not begun in this life. */
  #opens: boolean;
  /** Somebody wants a decision, as it was told or saw by a vote. */
  #wanted = false;
  /** Nodes whose proposers wait. */
  readonly #asking = new Set<string>();
  /** What it proposes where it is free to. */
  #own: Uint8Array | undefined;
  #attempt: Attempt | undefined;
  #decided: Uint8Array | undefined;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastSynodMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<FastSynodOptions, 'retry' | 'backOff'>,
  ) {
    const { acceptors, coordinators, quorum } = placement;
    const { retry, backOff } = options;
    this.#rounds = new RoundLog(effects, context.recovered);
    this.#enrolment = new Enrolment(context, effects, acceptors, 'all', retry);
    this.#first = new FirstBallot(context, effects, quorum, retry);
    this.#backOff = new BackOff(backOff.least, backOff.most, context.random);
    this.#openings = new BackOff(retry, SLOWEST_ANY, context.random);
    this.#opens = coordinators[0] === context.self.node;
  }

  start(): void {
    if (!this.#formed) this.#enrolment.ask();
    this.#first.ask();
    this.#show();
  }

  /** Somebody waited for the acceptors in vain. */
  request({ origin, proposes, value }: Request): void {
    if (this.#decided !== undefined) return this.#tellChosen(origin, this.#decided);
    if (this.#asking.size < MOST_ASKING) this.#asking.add(origin);
    if (proposes) this.#own ??= value.slice();
    this.#wanted = true;
    if (this.#attempt === undefined) this.#begin();
    else if (this.#attempt.phase === 'open' && !this.#attempt.preempted) this.#recover(this.#attempt);
  }

  // ── before the first ballot ────────────────────────────────────────────────────────────────────────────────────────

  enrolled(answer: Enrolled, { node }: Address): void {
    if (this.#formed) return;
    this.#enrolment.answered(node, answer);
    if (!this.#enrolment.granted) return;
    this.#rounds.begin();
    this.#beginIfDue();
  }

  enrolTimer(): void {
    if (!this.#formed) this.#enrolment.ask();
  }

  probed({ nonce, promised }: Probed, { node }: Address): void {
    if (!this.#first.answered(node, nonce)) return;
    this.#seen(promised);
    this.#beginIfDue();
  }

  probeTimer(): void {
    this.#first.ask();
  }

  checkpointed(): void {
    this.#rounds.checkpointed();
  }

  // ── phase 1 ────────────────────────────────────────────────────────────────────────────────────────────────────────

  promise(promise: Promise1b, { node }: Address): void {
    const attempt = this.#attempt;
    if (attempt === undefined || promise.nonce !== attempt.nonce || !sameBallot(promise.ballot, attempt.ballot)) return;
    const picked = attempt.promise(node, promise);
    if (picked === undefined) return;
    const { value } = picked;
    if (value !== undefined && !this.#wanted) return this.#stop();
    if (value !== undefined) this.#propose(attempt, value, true);
    else if (this.#own !== undefined) this.#propose(attempt, this.#own, false);
    else this.#open(attempt);
  }

  // ── phase 2 ────────────────────────────────────────────────────────────────────────────────────────────────────────

  accepted({ ballot: at, value }: Accepted, { node }: Address): void {
    const attempt = this.#attempt;
    if (attempt === undefined || !sameBallot(at, attempt.ballot)) return;
    const chosen = attempt.accepted(node, at, value);
    if (chosen !== undefined) return this.#decide(at, chosen);
    if (attempt.phase !== 'open') return;
    if (!this.#wanted) this.effects.startTimer('recover', this.options.retry, { kind: 'recoverTimer' });
    this.#wanted = true;
    if (attempt.collided && !attempt.preempted) this.#recover(attempt);
  }

  recoverTimer(): void {
    if (this.#attempt?.phase === 'open' && !this.#attempt.preempted) this.#recover(this.#attempt);
  }

  // ── both ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One Nack does not prove failure: votes at this ballot go on being counted until there is a higher one. */
  nack({ ballot, promised }: Nack): void {
    this.#seen(promised);
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.preempted || !sameBallot(ballot, attempt.ballot) || compareBallots(promised, ballot) <= 0) return;
    attempt.preempted = true;
    if (this.context.tracing) this.effects.trace({ event: 'preempted', ballot, by: promised } satisfies ConsensusEvent);
    this.effects.stopTimer('retry');
    if (!this.#wanted) return this.#stop();
    this.effects.startTimer('backOff', this.#backOff.next(), { kind: 'backOffTimer' });
    if (promised.node !== this.context.self.node)
      for (const origin of this.#asking)
        this.effects.send(this.context.address('proposer', origin), { kind: 'leaderIs', node: promised.node });
    this.#show();
  }

  retryTimer(): void {
    if (this.#attempt !== undefined) this.#send(this.#attempt);
  }

  backOffTimer(): void {
    this.#begin();
  }

  /** Every acceptor has recorded this node's generation: since then there is a round on record, if only 0. */
  get #formed(): boolean {
    return this.#rounds.begun;
  }

  #seen(ballot: Ballot): void {
    if (isPlausible(ballot, this.#maxSeen)) this.#maxSeen = higherBallot(ballot, this.#maxSeen);
  }

  #beginIfDue(): void {
    if ((this.#opens || this.#asking.size > 0) && this.#attempt === undefined) this.#begin();
  }

  /** Takes a ballot above all that it has seen. */
  #begin(): void {
    if (!this.#formed || !this.#first.mayBeTaken || this.#decided !== undefined) return;
    this.#opens = false;
    const { context, placement } = this;
    const ballot = { round: this.#rounds.take(this.#maxSeen.round), node: context.self.node };
    this.#attempt = new Attempt(ballot, context.random.uint32(), placement.quorum);
    if (context.tracing) this.effects.trace({ event: 'stand', ballot, from: SLOT } satisfies ConsensusEvent);
    this.#send(this.#attempt);
  }

  /** Nobody has voted, and nobody has told it what to propose: acceptors may take what comes. */
  #open(attempt: Attempt): void {
    attempt.open();
    this.#wanted = false;
    this.#openings.reset();
    if (this.context.tracing) this.effects.trace({ event: 'open', ballot: attempt.ballot } satisfies FastSynodEvent);
    this.#send(attempt);
  }

  /** Coordinated recovery, if the votes that it has heard are enough; else another ballot, that begins with phase 1. */
  #recover(attempt: Attempt): void {
    this.effects.stopTimer('recover');
    const value = attempt.recovered?.value;
    if (value === undefined) this.#begin();
    else this.#propose(attempt, value, true);
  }

  #propose(attempt: Attempt, value: Uint8Array, adopted: boolean): void {
    const { ballot } = attempt;
    attempt.propose(value);
    if (this.context.tracing) {
      this.effects.trace({ event: 'lead', ballot, from: SLOT, end: SLOT + 1, adopted: adopted ? 1 : 0, gaps: 0 } satisfies ConsensusEvent);
      this.effects.trace({ event: 'propose', ballot, first: SLOT, entries: [entryOf(value)], commit: SLOT } satisfies ConsensusEvent);
    }
    this.#send(attempt);
  }

  /** To all who have not answered in this phase, and again by timer: those outside the first quorum may vote too. */
  #send(attempt: Attempt): void {
    const { ballot, nonce, value, phase } = attempt;
    const message =
      phase === 'preparing'
        ? ({ kind: 'prepare', ballot, nonce } as const)
        : value === undefined
          ? ({ kind: 'any', ballot } as const)
          : ({ kind: 'accept', ballot, value } as const);
    for (const node of this.placement.acceptors) if (!attempt.has(node)) this.effects.send(this.context.address('acceptor', node), message);
    this.effects.startTimer('retry', phase === 'open' ? this.#openings.next() : this.options.retry, { kind: 'retryTimer' });
    this.#show();
  }

  /** Whatever is there to be finished, nobody wants it to be. */
  #stop(): void {
    this.#end();
    this.#attempt = undefined;
    this.#show();
  }

  #decide(ballot: Step, value: Uint8Array): void {
    if (this.context.tracing)
      this.effects.trace({ event: 'choose', ballot, first: SLOT, entries: [entryOf(value)] } satisfies ConsensusEvent);
    this.#decided = value;
    this.#end();
    for (const origin of this.#asking) this.#tellChosen(origin, value);
    this.#asking.clear();
    this.#show();
  }

  #end(): void {
    for (const timer of ['retry', 'recover', 'backOff']) this.effects.stopTimer(timer);
  }

  #tellChosen(origin: string, value: Uint8Array): void {
    this.effects.send(this.context.address('learner', origin), { kind: 'chosen', value });
  }

  #show(): void {
    const { gauges } = this.context;
    const attempt = this.#attempt;
    gauges.ballot = formatBallot(attempt?.ballot ?? this.#maxSeen);
    gauges.phase =
      this.#decided !== undefined ? 'decided' : attempt === undefined ? 'idle' : attempt.preempted ? 'preempted' : attempt.phase;
    gauges.asking = this.#asking.size;
  }
}
