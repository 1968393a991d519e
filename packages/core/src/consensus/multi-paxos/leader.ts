import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { type Ballot, compareBallots, formatBallot, higherBallot, isPlausible, NO_BALLOT, sameBallot } from '../ballot.js';
import { Enrolment } from '../enrolment/enrolment.js';
import type { Enrolled } from '../enrolment/messages.js';
import { RoundLog } from '../round-log.js';
import type { ConsensusEvent, LeadEvent } from '../trace-events.js';
import { Candidacy } from './candidacy.js';
import { Forwarding } from './forwarding.js';
import type {
  Accepted,
  Heard,
  LeaderMessage,
  Leading,
  LearnerState,
  MultiPaxosMessage,
  Nack,
  Probed,
  Progress,
  Promise1b,
  Read,
  Request,
  Truncated,
} from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import type { Phase2, Reigning } from './phase-2.js';
import type { Picks } from './picks.js';
import type { Placement } from './placement.js';
import { Reign } from './reign.js';
import { REPORT_EVERY, ReportedProgress } from './reported-progress.js';
import type { Findings } from './scout.js';
import { Truncation } from './truncation.js';
import { Watch } from './watch.js';

/** What another protocol does in its own way. */
export interface LeaderWays {
  /** What to propose after phase 1; `HighestVotes` unless given. */
  readonly picks?: () => Picks;
  /** How a reign has its entries voted for; `Proposals` unless given. */
  readonly phase2?: (of: Reigning) => Phase2;
}

/**
 * The leader: watches the active one, stands for election when that falls silent, and then reigns until a higher ballot shows. (Paxos
 * Made Moderately Complex §2.2 and §3; elections as `docs/protocols.md` §4.4 and §9.) Ballots alone keep it safe; everything about
 * time here only decides how soon somebody leads.
 */
export class Leader implements Role<LeaderMessage> {
  readonly #rounds: RoundLog;
  readonly #enrolment: Enrolment;
  readonly #watch: Watch;
  readonly #forwarding: Forwarding;
  readonly #candidacy: Candidacy;
  readonly #truncation: Truncation;
  #reign: Reign | undefined;
  #maxSeen: Ballot = NO_BALLOT;
  /** Everything below it is chosen, as far as is known here. */
  #commit = 0;
  readonly #hasLearner: boolean;
  #learner: LearnerState = { kind: 'learnerState', next: 0, behind: 0, time: 0, deadline: undefined };
  /** Without a pre-vote: it led until now. */
  #standsAgain = false;
  /** Where it was when an election was put off for it. */
  #awaited = 0;
  readonly #progress: ReportedProgress;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: MultiPaxosOptions,
    private readonly ways: LeaderWays = {},
  ) {
    const { acceptors, learners, snapshots } = placement;
    this.#rounds = new RoundLog(effects, context.recovered);
    this.#enrolment = new Enrolment(context, effects, acceptors, 'all', options.retry);
    this.#watch = new Watch(context, effects, options);
    this.#forwarding = new Forwarding(context, effects, this.#watch);
    this.#candidacy = new Candidacy(context, effects, placement, options, ways.picks);
    this.#truncation = new Truncation(snapshots.learners, snapshots.needed, options.tail, options.logBytes);
    this.#hasLearner = learners.includes(context.self.node);
    this.#progress = new ReportedProgress(learners);
  }

  start(): void {
    if (!this.#formed) this.#enrolment.ask();
    this.#watch.begin();
    this.#show();
  }

  // ── forming ────────────────────────────────────────────────────────────────────────────────────────────────────────

  enrolled(answer: Enrolled, { node }: Address): void {
    if (this.#formed) return;
    this.#enrolment.answered(node, answer);
    if (this.#enrolment.granted) this.#rounds.begin();
  }

  enrolTimer(): void {
    if (!this.#formed) this.#enrolment.ask();
  }

  checkpointed(): void {
    this.#rounds.checkpointed();
  }

  /** Every acceptor has recorded this node's generation: since then there is a round on record, if only 0. */
  get #formed(): boolean {
    return this.#rounds.begun;
  }

  // ── watching ───────────────────────────────────────────────────────────────────────────────────────────────────────

  leading({ ballot, commit }: Leading): void {
    if (!isPlausible(ballot, this.#maxSeen)) return;
    // Only against the ballot that is watched: one that was merely seen, or that this node itself once tried, may never lead.
    const rival = this.#ballot ?? this.#watch.ballot ?? NO_BALLOT;
    if (compareBallots(ballot, rival) < 0) return;
    this.#seen(ballot);
    this.#commit = Math.max(this.#commit, commit);
    if (this.#watch.heard(ballot)) {
      this.#tracePreempted(ballot);
      this.#candidacy.end();
      this.#announce(ballot.node);
    }
    this.#show();
    this.#forwarding.release(this.#reign);
  }

  electionTimer(): void {
    if (this.#reign !== undefined || !this.#watch.expired(this.#commit)) return;
    if (this.#formed && !this.#learnerCatchesUp()) {
      // Phase 1 took longer than the time that it was given: more is needed.
      if (this.#candidacy.ballot !== undefined) this.#watch.allowMore();
      this.#candidacy.probe(this.#watch.patience);
      // By the time the answers are here, so is what the learner of this node has reached.
      if (this.#hasLearner) this.effects.send(this.context.address('learner'), { kind: 'locate' });
    }
    this.#show();
  }

  /**
   * A leader proposes again whatever its learner has not executed: all of the log, where a node has just started and its learner is
   * still being handed what is decided. So an election waits for a learner that comes on; one that is stuck needs a leader.
   */
  #learnerCatchesUp(): boolean {
    const { next, behind } = this.#learner;
    const comesOn = behind > 0 && next > this.#awaited;
    this.#awaited = next;
    return comesOn;
  }

  // ── standing ───────────────────────────────────────────────────────────────────────────────────────────────────────

  probed({ nonce, silent, promised }: Probed, { node }: Address): void {
    if (!this.#candidacy.asks(nonce)) return;
    this.#seen(promised);
    if (this.#candidacy.answered(node, silent)) this.#stand();
  }

  #stand(): void {
    const ballot = { round: this.#rounds.take(this.#maxSeen.round), node: this.context.self.node };
    this.#maxSeen = ballot;
    const from = this.#executed();
    if (this.context.tracing) this.effects.trace({ event: 'stand', ballot, from } satisfies ConsensusEvent);
    this.#candidacy.stand(ballot, from);
    this.#watch.restart();
    this.#show();
  }

  /** Everything below it is executed by the learner of this node, or, if it has none, by all learners. */
  #executed(): number {
    return this.#hasLearner ? this.#learner.next : this.#progress.executedByAll;
  }

  scoutTimer(): void {
    this.#candidacy.prepareAgain();
  }

  promise(message: Promise1b, { node }: Address): void {
    const { ballot } = this.#candidacy;
    if (ballot === undefined || !sameBallot(message.ballot, ballot)) return;
    // A long phase 1 is no reason to stand again.
    this.#watch.restart();
    const findings = this.#candidacy.promise(node, message);
    if (findings !== undefined) this.#lead(ballot, findings);
  }

  nack({ ballot, promised }: Nack): void {
    const mine = this.#ballot;
    this.#seen(promised);
    if (mine === undefined || !sameBallot(ballot, mine) || compareBallots(promised, mine) <= 0) return;
    this.#watch.allowMore();
    this.#tracePreempted(promised);
    this.#abdicate(`preempted by ${formatBallot(promised)}`);
    this.#watch.yieldTo(promised);
  }

  // ── leading ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #lead(ballot: Ballot, findings: Findings): void {
    this.#candidacy.end();
    this.#watch.stop();
    this.effects.notify({ event: 'leading', ballot: formatBallot(ballot), from: findings.first });
    this.context.logger.info('leading', { group: this.context.self.group, ballot: formatBallot(ballot) });
    if (this.context.tracing) this.effects.trace(leadEvent(ballot, findings));
    this.#reign = new Reign(
      this.context,
      this.effects,
      this.placement,
      this.options,
      this.#truncation,
      ballot,
      findings,
      this.#learner,
      this.ways.phase2,
    );
    this.#announce(this.context.self.node);
    this.#forwarding.release(this.#reign);
    this.#show();
  }

  heartbeatTimer(): void {
    if (this.#reign === undefined) return;
    const silent = this.#reign.heartbeatTimer(this.#watch.patience);
    if (silent !== undefined) {
      // They may be slow, and not gone.
      this.#watch.allowMore();
      this.#abdicate(silent === 'quorum' ? 'no quorum answers' : 'the disk of this node does not answer');
    } else if (this.#buildsOnWhatIsLost(this.#reign)) {
      // Phase 1 finds it in the votes, and the next reign proposes it again.
      this.#abdicate('no learner has what was chosen before this reign');
    } else if (this.#learnersAreStuck(this.#reign)) {
      this.#abdicate('no learner has what is chosen, nor can acceptors tell');
    }
    this.#show();
  }

  /** Every learner that is there has started again since, and the learner of this node would know, if it had one. */
  #buildsOnWhatIsLost({ first, since }: Reign): boolean {
    return !this.#hasLearner && this.#progress.isLost(first, since + REPORT_EVERY, this.context.now());
  }

  /** A vote at a step before 0 proves nothing by itself, and who counted may have forgotten: phase 1 counts once more. */
  #learnersAreStuck({ commit, since }: Reign): boolean {
    return !this.#hasLearner && this.#progress.areStuck(commit, since, this.context.now());
  }

  flush(): void {
    this.#reign?.flush();
  }

  accepted({ ballot, first, count }: Accepted, { node }: Address): void {
    this.#reignOf(ballot)?.accepted(node, first, count);
  }

  heard({ ballot, round, end }: Heard, { node }: Address): void {
    this.#reignOf(ballot)?.heard(node, round, end);
  }

  truncated({ ballot, below }: Truncated): void {
    this.#reignOf(ballot)?.truncated(below);
  }

  progress({ applied, snapshot }: Progress, { node }: Address): void {
    this.#progress.reported(node, applied, this.context.now());
    this.#truncation.snapshotted(node, snapshot);
  }

  learnerState(state: LearnerState): void {
    this.#learner = state;
    this.#commit = Math.max(this.#commit, state.next);
    this.#reign?.wantTick(state.deadline);
    this.#standAtOnce();
  }

  commitTimer(): void {
    this.#reign?.commitTimer();
  }

  tickTimer(): void {
    this.#reign?.tickTimer();
  }

  #reignOf(ballot: Ballot): Reign | undefined {
    return this.#reign !== undefined && sameBallot(this.#reign.ballot, ballot) ? this.#reign : undefined;
  }

  /** Ends the reign of this node, if it leads, and stands for election at once with a higher ballot. */
  standAgain(reason: string): void {
    if (this.#reign === undefined) return;
    const waiting = this.#reign.takeRequests();
    this.#abdicate(reason);
    this.#standsAgain = true;
    // It has been told of all that was chosen, and says how far that brought it: phase 1 begins there.
    if (this.#hasLearner) this.effects.send(this.context.address('learner'), { kind: 'locate' });
    else this.#standAtOnce();
    // Their proposers turn to no other leader, so they need not ask again.
    for (const request of waiting) this.#forwarding.request(request);
  }

  // ── what proposers ask for ─────────────────────────────────────────────────────────────────────────────────────────

  request(request: Request): void {
    (this.#reign ?? this.#forwarding).request(request);
  }

  read(read: Read): void {
    (this.#reign ?? this.#forwarding).read(read);
  }

  #standAtOnce(): void {
    if (this.#standsAgain && this.#ballot === undefined && this.#watch.leader === undefined) this.#stand();
    this.#standsAgain = false;
  }

  /** The ballot that this node leads under. */
  get leads(): Ballot | undefined {
    return this.#reign?.ballot;
  }

  // ── changing over ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The ballot of its own that this node leads under, or stands for election with. */
  get #ballot(): Ballot | undefined {
    return this.#reign?.ballot ?? this.#candidacy.ballot;
  }

  #seen(ballot: Ballot): void {
    if (!isPlausible(ballot, this.#maxSeen)) return;
    this.#maxSeen = higherBallot(this.#maxSeen, ballot);
    if (this.#reign !== undefined && compareBallots(this.#maxSeen, this.#reign.ballot) > 0)
      this.#abdicate(`preempted by ${formatBallot(ballot)}`);
  }

  #tracePreempted(by: Ballot): void {
    const { ballot } = this.#candidacy;
    if (this.context.tracing && ballot !== undefined) this.effects.trace({ event: 'preempted', ballot, by } satisfies ConsensusEvent);
  }

  /** What is open stays undecided here: the proposers ask whoever leads next. */
  #abdicate(reason: string): void {
    this.#candidacy.end();
    if (this.#reign !== undefined) {
      this.#commit = Math.max(this.#commit, this.#reign.commit);
      this.effects.notify({ event: 'stepped down', ballot: formatBallot(this.#reign.ballot), reason });
      this.context.logger.info('stepped down', { group: this.context.self.group, reason });
      this.#reign.end();
      this.#reign = undefined;
    }
    this.#watch.restart();
    this.#show();
  }

  /** Tells the proposers that no other leader tells. */
  #announce(leader: string): void {
    const { proposers, leaders } = this.placement;
    const own = this.context.self.node;
    for (const node of proposers)
      if (node === own || (leader === own && !leaders.includes(node)))
        this.effects.send(this.context.address('proposer', node), { kind: 'leaderIs', node: leader });
    if (leader !== own) this.effects.notify({ event: 'following', leader, ballot: formatBallot(this.#maxSeen) });
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.phase = this.#reign ? 'active' : this.#candidacy.phase;
    gauges.leader = this.#reign ? this.context.self.node : this.#watch.leader;
    gauges.ballot = formatBallot(this.#reign?.ballot ?? this.#watch.ballot ?? this.#maxSeen);
    gauges.chosen = this.#reign?.commit ?? this.#commit;
    gauges.open = this.#reign?.open ?? 0;
    gauges.waiting = this.#reign?.waiting ?? this.#forwarding.waiting;
    gauges.unforgettableBytes = this.#truncation.bytes;
  }
}

const leadEvent = (ballot: Ballot, { first, votes, end }: Findings): LeadEvent => ({
  event: 'lead',
  ballot,
  from: first,
  end,
  adopted: votes.size,
  gaps: end - first - votes.size,
});
