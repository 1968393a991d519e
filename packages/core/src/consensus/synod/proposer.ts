import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { BackOff } from '../back-off.js';
import { type Ballot, compareBallots, formatBallot, higherBallot, isPlausible, NO_BALLOT, sameBallot } from '../ballot.js';
import { Enrolment } from '../enrolment/enrolment.js';
import type { Enrolled } from '../enrolment/messages.js';
import { RoundLog } from '../round-log.js';
import type { ConsensusEvent } from '../trace-events.js';
import { Attempt } from './attempt.js';
import { FirstBallot } from './first-ballot.js';
import type { Accepted, Nack, Probed, Promise1b, ProposerMessage, Request, SynodMessage } from './messages.js';
import type { SynodOptions } from './options.js';
import type { Placement } from './placement.js';
import { entryOf, SLOT } from './value-entry.js';

/** So many nodes are told what becomes of it; others ask again, or the acceptors. */
const MOST_ASKING = 4096;

/**
 * The proposer: has a value decided, ballot after ballot of its own, until one goes through. (Paxos Made Simple §2.2 and §2.4;
 * `docs/protocols.md` §2, rules 3 to 6) Of the values that it is asked to propose the first is enough. Preempted, it tells who asked of
 * the other proposer, and waits longer each time: so one of two comes to be alone (S2.1).
 */
export class Proposer implements Role<ProposerMessage> {
  readonly #rounds: RoundLog;
  readonly #enrolment: Enrolment;
  readonly #first: FirstBallot;
  readonly #backOff: BackOff;
  #maxSeen: Ballot = NO_BALLOT;
  /** Nodes whose learners wait. */
  readonly #asking = new Set<string>();
  /** What it proposes where it is free to. */
  #own: Uint8Array | undefined;
  #attempt: Attempt | undefined;
  #decided: Uint8Array | undefined;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<SynodMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<SynodOptions, 'retry' | 'backOff'>,
  ) {
    const { acceptors, quorum } = placement;
    const { retry, backOff } = options;
    this.#rounds = new RoundLog(effects, context.recovered);
    this.#enrolment = new Enrolment(context, effects, acceptors, 'all', retry);
    this.#first = new FirstBallot(context, effects, quorum, retry);
    this.#backOff = new BackOff(backOff.least, backOff.most, context.random);
  }

  start(): void {
    if (!this.#formed) this.#enrolment.ask();
    this.#first.ask();
    this.#show();
  }

  /** Somebody wants a decision. */
  request({ origin, proposes, value }: Request): void {
    if (this.#decided !== undefined) return this.#tell(origin, this.#decided);
    if (this.#asking.size < MOST_ASKING) this.#asking.add(origin);
    if (proposes) this.#own ??= value.slice();
    if (this.#attempt === undefined) this.#begin();
  }

  // ── before the first ballot ────────────────────────────────────────────────────────────────────────────────────────

  enrolled(answer: Enrolled, { node }: Address): void {
    if (this.#formed) return;
    this.#enrolment.answered(node, answer);
    if (!this.#enrolment.granted) return;
    this.#rounds.begin();
    this.#beginIfAsked();
  }

  enrolTimer(): void {
    if (!this.#formed) this.#enrolment.ask();
  }

  probed({ nonce, promised }: Probed, { node }: Address): void {
    if (!this.#first.answered(node, nonce)) return;
    this.#seen(promised);
    this.#beginIfAsked();
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
    if (!attempt.promise(node, promise)) return;
    const value = attempt.found ?? this.#own;
    if (value === undefined) return this.#stop();
    attempt.propose(value);
    this.#traceLead(attempt, value);
    this.#send(attempt);
  }

  // ── phase 2 ────────────────────────────────────────────────────────────────────────────────────────────────────────

  accepted({ ballot }: Accepted, { node }: Address): void {
    const attempt = this.#attempt;
    if (attempt?.value === undefined || !sameBallot(ballot, attempt.ballot)) return;
    if (attempt.accepted(node)) this.#decide(attempt, attempt.value);
  }

  // ── both ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One Nack does not prove failure: votes at this ballot go on being counted until there is a higher one. (rule 6) */
  nack({ ballot, promised }: Nack): void {
    this.#seen(promised);
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.preempted || !sameBallot(ballot, attempt.ballot) || compareBallots(promised, ballot) <= 0) return;
    attempt.preempted = true;
    if (this.context.tracing) this.effects.trace({ event: 'preempted', ballot, by: promised } satisfies ConsensusEvent);
    this.effects.stopTimer('retry');
    this.effects.startTimer('backOff', this.#backOff.next(), { kind: 'backOffTimer' });
    if (promised.node !== this.context.self.node)
      for (const origin of this.#asking)
        this.effects.send(this.context.address('learner', origin), { kind: 'leaderIs', node: promised.node });
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

  #beginIfAsked(): void {
    if (this.#asking.size > 0 && this.#attempt === undefined) this.#begin();
  }

  /** Takes a ballot above all that it has seen. */
  #begin(): void {
    if (!this.#formed || !this.#first.mayBeTaken || this.#decided !== undefined) return;
    const { context, placement } = this;
    const ballot = { round: this.#rounds.take(this.#maxSeen.round), node: context.self.node };
    this.#attempt = new Attempt(ballot, context.random.uint32(), placement.quorum);
    if (context.tracing) this.effects.trace({ event: 'stand', ballot, from: SLOT } satisfies ConsensusEvent);
    this.#send(this.#attempt);
  }

  /** To all who have not answered in this phase, and again by timer: those outside the first quorum may vote too. */
  #send(attempt: Attempt): void {
    const { ballot, nonce, value } = attempt;
    const message = value === undefined ? ({ kind: 'prepare', ballot, nonce } as const) : ({ kind: 'accept', ballot, value } as const);
    for (const node of this.placement.acceptors) if (!attempt.has(node)) this.effects.send(this.context.address('acceptor', node), message);
    this.effects.startTimer('retry', this.options.retry, { kind: 'retryTimer' });
    this.#show();
  }

  /** Nobody has voted, and nobody has asked to propose anything: there is nothing to be found out. (rule 8) */
  #stop(): void {
    this.#end();
    this.#attempt = undefined;
    this.#asking.clear();
    this.#show();
  }

  #decide({ ballot }: Attempt, value: Uint8Array): void {
    if (this.context.tracing)
      this.effects.trace({ event: 'choose', ballot, first: SLOT, entries: [entryOf(value)] } satisfies ConsensusEvent);
    this.#decided = value;
    this.#end();
    for (const origin of this.#asking) this.#tell(origin, value);
    this.#asking.clear();
    this.#show();
  }

  #end(): void {
    this.effects.stopTimer('retry');
    this.effects.stopTimer('backOff');
  }

  #tell(origin: string, value: Uint8Array): void {
    this.effects.send(this.context.address('learner', origin), { kind: 'chosen', value });
  }

  #traceLead({ ballot, found }: Attempt, value: Uint8Array): void {
    if (!this.context.tracing) return;
    const adopted = found === undefined ? 0 : 1;
    this.effects.trace({ event: 'lead', ballot, from: SLOT, end: SLOT + 1, adopted, gaps: 0 } satisfies ConsensusEvent);
    this.effects.trace({ event: 'propose', ballot, first: SLOT, entries: [entryOf(value)], commit: SLOT } satisfies ConsensusEvent);
  }

  #show(): void {
    const { gauges } = this.context;
    const attempt = this.#attempt;
    gauges.ballot = formatBallot(attempt?.ballot ?? this.#maxSeen);
    gauges.phase = this.#phase;
    gauges.asking = this.#asking.size;
  }

  get #phase(): 'idle' | 'decided' | 'preempted' | 'preparing' | 'proposing' {
    if (this.#decided !== undefined) return 'decided';
    if (this.#attempt === undefined) return 'idle';
    if (this.#attempt.preempted) return 'preempted';
    return this.#attempt.value === undefined ? 'preparing' : 'proposing';
  }
}
