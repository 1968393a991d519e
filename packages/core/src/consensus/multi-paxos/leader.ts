import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import { randomBelow } from '../../actor/random.js';
import type { Role } from '../../actor/react.js';
import { ByteReader, ByteWriter } from '../../transport/bytes.js';
import { type Ballot, compareBallots, formatBallot, higherBallot, isPlausible, NO_BALLOT, sameBallot } from '../ballot.js';
import { ElectionTimeout } from '../election/election-timeout.js';
import { Enrolment } from './enrolment.js';
import type {
  Accepted,
  Enrolled,
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
import type { Placement } from './placement.js';
import { Reign } from './reign.js';
import { type Findings, Scout } from './scout.js';
import { Truncation } from './truncation.js';
import { Waiting } from './waiting.js';

/** A leader that was not heard of for so many heartbeats may be gone: what comes meanwhile is kept for its successor. */
const FRESH = 4;
/** Forwarded at most so often: two leaders that each take the other for the active one must not play ball. */
const MOST_HOPS = 2;
/** What a leader that knows of none keeps of reads for the next. */
const MOST_HELD_READS = 4096;
/** ms between two Prepares of a ballot, at most. */
const SLOWEST_PREPARE = 2000;

/**
 * The leader: watches the active one, stands for election when that falls silent, and then proposes. (Paxos Made Moderately
 * Complex §2.2 and §3; elections as `docs/protocols.md` §4.4 and §9.) Ballots alone keep it safe; everything about time here only
 * decides how soon somebody leads.
 */
export class Leader implements Role<LeaderMessage> {
  readonly #timeout: ElectionTimeout;
  readonly #enrolment: Enrolment;
  readonly #truncation: Truncation;
  /** Persisted before any ballot of the round is used; never used again. */
  #roundUsed = 0;
  #formed = false;
  #checkpointing = false;
  #checkpointed = 0;
  #maxSeen: Ballot = NO_BALLOT;
  /** The ballot that is given its time, when it was last heard of, and whether its owner is known to lead. */
  #watched: { readonly ballot: Ballot; heardAt: number; readonly leads: boolean } | undefined;
  /** Everything below it is chosen, as far as is known here. */
  #commit = 0;
  #committed = 0;
  #learner: LearnerState = { kind: 'learnerState', next: 0, time: 0, deadline: undefined };
  /** How far each learner is known to have executed: what a leader without a learner of its own begins at. */
  readonly #applied = new Map<string, number>();
  #probe: { readonly nonce: number; readonly since: number; readonly silent: Set<string> } | undefined;
  #scout: Scout | undefined;
  #prepares = 0;
  #reign: Reign | undefined;
  readonly #heldRequests = new Waiting();
  #heldReads = new Map<string, Read>();

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: MultiPaxosOptions,
  ) {
    this.#timeout = new ElectionTimeout(options.election.least, options.election.most, context.random);
    this.#enrolment = new Enrolment(context, effects, placement.acceptors, options.retry);
    this.#truncation = new Truncation(placement.snapshots.learners, placement.snapshots.needed, options.tail, options.logBytes);
    const { checkpoint = [], records } = context.recovered;
    for (const record of [...checkpoint, ...records]) {
      this.#formed = true;
      this.#roundUsed = Math.max(this.#roundUsed, new ByteReader(record).index());
    }
  }

  start(): void {
    if (!this.#formed) this.#enrolment.ask();
    // A leader that is up will be heard of within two heartbeats; then nobody stands.
    this.effects.startTimer('election', 2 * this.options.heartbeat + this.#timeout.jittered() - this.#timeout.time, {
      kind: 'electionTimer',
    });
    this.#show();
  }

  enrolled({ generation }: Enrolled, { node }: Address): void {
    if (this.#formed || !this.#enrolment.answered(node, generation)) return;
    this.#formed = true;
    this.#persistRound();
  }

  enrolTimer(): void {
    if (!this.#formed) this.#enrolment.ask();
  }

  checkpointed(): void {
    this.#checkpointing = false;
    if (this.#checkpointed < this.#roundUsed) this.#checkpoint();
  }

  // ── watching ───────────────────────────────────────────────────────────────────────────────────────────────────────

  leading({ ballot, commit }: Leading): void {
    if (!isPlausible(ballot, this.#maxSeen)) return;
    // Only against the ballot that is watched: one that was merely seen, or that this node itself once tried, may never lead.
    const rival = this.#reign?.ballot ?? this.#scout?.ballot ?? this.#watched?.ballot ?? NO_BALLOT;
    if (compareBallots(ballot, rival) < 0) return;
    this.#seen(ballot);
    this.#commit = Math.max(this.#commit, commit);
    const now = this.context.now();
    if (this.#watched?.leads && sameBallot(this.#watched.ballot, ballot)) {
      this.#watched.heardAt = now;
    } else {
      this.#watched = { ballot, heardAt: now, leads: true };
      this.#stopStanding();
      this.#announce(ballot.node);
    }
    this.#show();
    this.#releaseHeld();
  }

  electionTimer(): void {
    if (this.#reign !== undefined) return;
    if (this.#commit > this.#committed) this.#timeout.progressed();
    this.#committed = this.#commit;
    const now = this.context.now();
    const silent = now - (this.#watched?.heardAt ?? Number.NEGATIVE_INFINITY);
    if (silent < this.#timeout.time) return this.#watchFor(this.#timeout.jittered() - silent);
    // Phase 1 took longer than the time that it was given: more is needed.
    if (this.#scout !== undefined) this.#timeout.preempted();
    this.#watched = undefined;
    this.#scout = undefined;
    // A probe disturbs nobody, so it is repeated soon; late answers to it still count.
    this.#watchFor(2 * this.options.heartbeat + randomBelow(this.context.random, this.options.heartbeat));
    if (this.#formed) this.#sendProbe(now);
    this.#show();
  }

  #sendProbe(now: number): void {
    if (this.#probe === undefined || now - this.#probe.since > this.#timeout.time)
      this.#probe = { nonce: this.context.random.uint32(), since: now, silent: new Set() };
    const { nonce, silent } = this.#probe;
    for (const node of this.placement.acceptors)
      if (!silent.has(node))
        this.effects.send(this.context.address('acceptor', node), { kind: 'probe', nonce, silence: this.options.election.least });
    // By the time the answers are here, so is what the learner of this node has reached.
    if (this.placement.learners.includes(this.context.self.node)) this.effects.send(this.context.address('learner'), { kind: 'locate' });
  }

  #watchFor(ms: number): void {
    this.effects.startTimer('election', ms, { kind: 'electionTimer' });
  }

  /** Pre-vote: only a candidate that a phase-1 quorum would support takes a new round, so one that is cut off disturbs nobody. */
  probed({ nonce, silent, promised }: Probed, { node }: Address): void {
    if (this.#probe?.nonce !== nonce) return;
    this.#seen(promised);
    if (!silent) return;
    this.#probe.silent.add(node);
    if (this.placement.quorum.isPhase1(this.#probe.silent)) this.#stand();
  }

  #stand(): void {
    this.#probe = undefined;
    this.#roundUsed = Math.max(this.#roundUsed, this.#maxSeen.round) + 1;
    this.#persistRound();
    const ballot = { round: this.#roundUsed, node: this.context.self.node };
    this.#maxSeen = ballot;
    this.#scout = new Scout(ballot, this.#executed(), this.placement.quorum);
    this.#prepares = 0;
    this.#sendPrepare();
    this.#watchFor(this.#timeout.jittered());
    this.#show();
  }

  scoutTimer(): void {
    if (this.#scout !== undefined) this.#sendPrepare();
  }

  #sendPrepare(): void {
    const scout = this.#scout as Scout;
    for (const node of this.placement.acceptors)
      if (!scout.has(node))
        this.effects.send(this.context.address('acceptor', node), { kind: 'prepare', ballot: scout.ballot, from: scout.from });
    // A long answer must not be asked for again while it is still on its way.
    const again = Math.min((this.options.retry / 2) * 2 ** this.#prepares++, SLOWEST_PREPARE);
    this.effects.startTimer('scout', again, { kind: 'scoutTimer' });
  }

  /** Everything below it is executed by the learner of this node, or, if it has none, by all learners. */
  #executed(): number {
    if (this.placement.learners.includes(this.context.self.node)) return this.#learner.next;
    return Math.min(...this.placement.learners.map((node) => this.#applied.get(node) ?? 0));
  }

  promise(message: Promise1b, { node }: Address): void {
    if (this.#scout === undefined || !sameBallot(message.ballot, this.#scout.ballot)) return;
    // A long phase 1 is no reason to stand again.
    this.#watchFor(this.#timeout.jittered());
    const findings = this.#scout.promise(node, message);
    if (findings !== undefined) this.#lead(this.#scout.ballot, findings);
  }

  nack({ ballot, promised }: Nack): void {
    const mine = this.#reign?.ballot ?? this.#scout?.ballot;
    this.#seen(promised);
    if (mine === undefined || !sameBallot(ballot, mine) || compareBallots(promised, mine) <= 0) return;
    this.#timeout.preempted();
    this.#abdicate(`preempted by ${formatBallot(promised)}`);
    // Whoever preempted is given the time to show that it leads; standing again at once would only start a duel.
    this.#watched = { ballot: promised, heardAt: this.context.now(), leads: false };
  }

  // ── leading ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #lead(ballot: Ballot, findings: Findings): void {
    this.#scout = undefined;
    this.#watched = undefined;
    for (const timer of ['scout', 'election']) this.effects.stopTimer(timer);
    this.effects.notify({ event: 'leading', ballot: formatBallot(ballot), from: findings.first });
    this.context.logger.info('leading', { group: this.context.self.group, ballot: formatBallot(ballot) });
    if (this.context.tracing) this.effects.trace({ event: 'lead', ballot: formatBallot(ballot), from: findings.first });
    this.#reign = new Reign(this.context, this.effects, this.placement, this.options, this.#truncation, ballot, findings, this.#learner);
    this.effects.startTimer('heartbeat', this.options.heartbeat, { kind: 'heartbeatTimer' });
    this.#announce(this.context.self.node);
    this.#releaseHeld();
    this.#show();
  }

  heartbeatTimer(): void {
    if (this.#reign === undefined) return;
    if (this.#reign.beat(this.#timeout.time)) {
      this.effects.startTimer('heartbeat', this.options.heartbeat, { kind: 'heartbeatTimer' });
    } else {
      // They may be slow, and not gone.
      this.#timeout.preempted();
      this.#abdicate('no quorum answers');
    }
    this.#show();
  }

  request(request: Request): void {
    this.#take(request);
  }

  read(read: Read): void {
    this.#take(read);
  }

  flush(): void {
    this.#reign?.flush();
  }

  accepted({ ballot, first, count }: Accepted, { node }: Address): void {
    if (this.#reigns(ballot)) this.#reign?.accepted(node, first, count);
  }

  heard({ ballot, round }: Heard, { node }: Address): void {
    if (this.#reigns(ballot)) this.#reign?.heard(node, round);
  }

  truncated({ ballot, below }: Truncated): void {
    if (this.#reigns(ballot)) this.#reign?.truncated(below);
  }

  progress({ applied, snapshot }: Progress, { node }: Address): void {
    this.#applied.set(node, applied);
    this.#truncation.snapshotted(node, snapshot);
  }

  learnerState(state: LearnerState): void {
    this.#learner = state;
    this.#commit = Math.max(this.#commit, state.next);
    this.#reign?.learnerState(state);
  }

  commitTimer(): void {
    this.#reign?.commitTimer();
  }

  tickTimer(): void {
    this.#reign?.tickTimer();
  }

  #reigns(ballot: Ballot): boolean {
    return this.#reign !== undefined && sameBallot(this.#reign.ballot, ballot);
  }

  #take(message: Request | Read): void {
    if (this.#reign !== undefined) {
      if (message.kind === 'request') this.#reign.request(message);
      else this.#reign.read(message);
    } else if (this.#watched?.leads && this.context.now() - this.#watched.heardAt < FRESH * this.options.heartbeat) {
      this.#forward(message, this.#watched.ballot.node);
    } else if (message.kind === 'request') {
      this.#heldRequests.add(message);
    } else if (this.#heldReads.size < MOST_HELD_READS) {
      this.#heldReads.set(`${message.origin}:${message.id}`, message);
    }
  }

  #forward(message: Request | Read, leader: string): void {
    if (message.hops >= MOST_HOPS) return;
    this.effects.send(this.context.address('leader', leader), { ...message, hops: message.hops + 1 });
    this.effects.send(this.context.address('proposer', message.origin), { kind: 'leaderIs', node: leader });
  }

  #releaseHeld(): void {
    if (this.#heldRequests.size === 0 && this.#heldReads.size === 0) return;
    const held = [...this.#heldRequests.takeAll(), ...this.#heldReads.values()];
    this.#heldReads = new Map();
    for (const message of held) this.#take(message);
  }

  #seen(ballot: Ballot): void {
    if (!isPlausible(ballot, this.#maxSeen)) return;
    this.#maxSeen = higherBallot(this.#maxSeen, ballot);
    if (this.#reign !== undefined && compareBallots(this.#maxSeen, this.#reign.ballot) > 0)
      this.#abdicate(`preempted by ${formatBallot(ballot)}`);
  }

  #stopStanding(): void {
    this.#probe = undefined;
    this.#scout = undefined;
    this.effects.stopTimer('scout');
  }

  /** What is open stays undecided here: the proposers ask whoever leads next. */
  #abdicate(reason: string): void {
    this.#stopStanding();
    if (this.#reign !== undefined) {
      this.#commit = Math.max(this.#commit, this.#reign.commit);
      this.effects.notify({ event: 'stepped down', ballot: formatBallot(this.#reign.ballot), reason });
      this.context.logger.info('stepped down', { group: this.context.self.group, reason });
      this.#reign.end();
      this.#reign = undefined;
      this.effects.stopTimer('heartbeat');
    }
    this.#watchFor(this.#timeout.jittered());
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

  /** One number is all that a leader must remember, so a checkpoint follows each record: it must not hold on to the log. */
  #persistRound(): void {
    this.effects.persist(roundRecord(this.#roundUsed));
    if (!this.#checkpointing) this.#checkpoint();
  }

  #checkpoint(): void {
    this.#checkpointing = true;
    this.#checkpointed = this.#roundUsed;
    this.effects.checkpoint([roundRecord(this.#roundUsed)], { kind: 'checkpointed' });
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.phase = this.#reign ? 'active' : this.#scout ? 'scouting' : this.#probe ? 'probing' : 'passive';
    gauges.leader = this.#reign ? this.context.self.node : this.#watched?.leads ? this.#watched.ballot.node : undefined;
    gauges.ballot = formatBallot(this.#reign?.ballot ?? this.#watched?.ballot ?? this.#maxSeen);
    gauges.chosen = this.#reign?.commit ?? this.#commit;
    gauges.open = this.#reign?.open ?? 0;
    gauges.waiting = this.#reign?.waiting ?? this.#heldRequests.size;
    gauges.unforgettableBytes = this.#truncation.bytes;
  }
}

const roundRecord = (round: number): Uint8Array => {
  const writer = new ByteWriter(8);
  writer.f64(round);
  return writer.bytes;
};
