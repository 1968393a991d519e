import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { type Entry, EntryType, emptyEntry, sizeOfEntry } from '../../replication/entry.js';
import type { Ballot } from '../ballot.js';
import { Contact } from '../election/contact.js';
import { LogClock } from '../log-clock.js';
import type { ConsensusEvent } from '../trace-events.js';
import { type LearnerState, type MultiPaxosMessage, NO_ANSWER, type Read, type Request } from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import { type Phase2, Proposals, type Reigning } from './phase-2.js';
import type { Placement } from './placement.js';
import { ReadRounds } from './read-rounds.js';
import type { Findings } from './scout.js';
import { Ticks } from './ticks.js';
import type { Truncation } from './truncation.js';
import { WaitingReads, WaitingRequests } from './waiting.js';

/** Messages with reads that wait for the barrier, at most. */
const MOST_READS = 16_384;
/** A colocated acceptor may be this much slower to answer than the quorum, in check-quorum times: its disk may be busy, but not dead. */
const OWN_DISK_PATIENCE = 4;

/** What a leader cannot do without, and does not hear from. */
type Silent = 'quorum' | 'disk';

/**
 * An active leader: phase 2 for new commands, the commit index, read index, log time, and the check that a quorum still
 * answers. It begins when a scout has found what may have been chosen, and ends for good at the first higher ballot.
 */
export class Reign {
  /** Everything below it was executed by learners, and is proposed no more. */
  readonly first: number;
  /** When it began. */
  readonly since: number;
  readonly #phase2: Phase2;
  readonly #reads: ReadRounds;
  readonly #clock: LogClock;
  readonly #ticks: Ticks;
  readonly #contact: Contact;
  readonly #hasLearner: boolean;
  /** Once chosen, everything that any earlier leader may have chosen is below `commit`: reads may be served. */
  #barrier = 0;
  readonly #requests = new WaitingRequests();
  readonly #newReads = new WaitingReads(MOST_READS);
  #flushing = false;
  /** The commit index that the acceptors were last told. */
  #announced = 0;
  #commitTimer = false;
  /** Reads that learners of other nodes were handed: to one after the other, since whoever did not answer is asked again. */
  #served = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: MultiPaxosOptions,
    private readonly truncation: Truncation,
    readonly ballot: Ballot,
    findings: Findings,
    learner: LearnerState,
    phase2: (of: Reigning) => Phase2 = (of) => new Proposals(of),
  ) {
    const now = context.now();
    this.first = findings.first;
    this.since = now;
    this.#hasLearner = placement.learners.includes(context.self.node);
    const { first } = findings;
    const chosen: Reigning['chosen'] = (first, entries, answer) => this.#chosen(first, entries, answer);
    const request: Reigning['request'] = (request) => this.request(request);
    const stamp = (): number => this.#stamp();
    this.#phase2 = phase2({ context, effects, placement, options, truncation, ballot, first, chosen, request, stamp });
    this.#reads = new ReadRounds((nodes) => this.#phase2.isReadQuorum(nodes));
    this.#contact = new Contact(placement.acceptors, now);
    let last = learner.time;
    for (const { time } of findings.votes.values()) last = Math.max(last, time);
    this.#clock = new LogClock(last, context.wallClock(), now);
    this.#ticks = new Ticks(effects, () => this.#stamp());
    this.#announced = findings.first;
    this.#begin(findings);
    this.wantTick(learner.deadline);
    this.#startHeartbeatTimer();
  }

  get commit(): number {
    return this.#phase2.commit;
  }

  /** Slots proposed and not yet chosen. */
  get open(): number {
    return this.#phase2.openSlots;
  }

  get waiting(): number {
    return this.#requests.size;
  }

  /** Proposes again what may have been chosen, fills the gaps between with no-ops, and sets the barrier. Nothing new goes into a gap. */
  #begin({ first, votes, end }: Findings): void {
    const entries: Entry[] = [];
    for (let slot = first; slot < end; slot++) entries.push(votes.get(slot) ?? emptyEntry(EntryType.Noop, this.#stamp()));
    this.#barrier = end;
    entries.push(emptyEntry(EntryType.Noop, this.#stamp()));
    this.#phase2.propose(entries);
    this.#heartbeat();
  }

  request(request: Request): void {
    const { session, seq, origin } = request;
    if (seq > 0 && this.#phase2.isOpen(session, seq)) return;
    const full = this.#requests.bytes > this.options.window.bytes || this.truncation.bytes > this.options.logBytes;
    if (full || !this.#requests.add(request))
      return this.effects.send(this.context.address('proposer', origin), { kind: 'busy', session, seq });
    this.#flushLater();
  }

  /** Those that are not proposed yet; then no longer. */
  takeRequests(): readonly Request[] {
    return this.#requests.takeAll();
  }

  read(read: Read): void {
    if (this.#newReads.add(read)) this.#flushLater();
  }

  /** What was gathered in this turn becomes one Accept, and the reads one heartbeat. */
  flush(): void {
    this.#flushing = false;
    this.#proposeRequests();
    if (this.#newReads.size > 0 && this.#settled) this.#sendHeartbeat(this.#reads.begin(this.#newReads.takeAll(), this.#phase2.commit));
  }

  accepted(node: string, first: number, count: number): void {
    this.#contact.heard(node, this.context.now());
    this.#phase2.accepted(node, first, count);
  }

  heard(node: string, round: number, end: number): void {
    const confirmed = this.#reads.heard(node, round, end);
    if (confirmed === undefined) return;
    this.#contact.heard(node, this.context.now());
    for (const { reads, commit, end } of confirmed) for (const read of reads) this.#serve(read, this.#phase2.readIndex(commit, end));
  }

  /** An acceptor has forgotten slots that this leader meant to fill: they are chosen. */
  truncated(below: number): void {
    if (below <= this.#phase2.commit) return;
    this.#phase2.skip(below);
    if (this.#barrier < below) {
      this.#barrier = this.#phase2.next;
      this.#phase2.propose([emptyEntry(EntryType.Noop, this.#stamp())]);
    }
    this.#flushLater();
  }

  /** The heartbeat, and again what was not answered; or neither, and who has not answered for `patience` ms. */
  heartbeatTimer(patience: number): Silent | undefined {
    const now = this.context.now();
    const alive = this.#contact.since(now - patience);
    const silent = this.#silent(now, patience, alive);
    if (silent !== undefined) return silent;
    this.#heartbeat();
    this.#phase2.beat(now, alive, this.#settled);
    this.#startHeartbeatTimer();
    return undefined;
  }

  commitTimer(): void {
    this.#commitTimer = false;
    const { commit, carried, proposedAt } = this.#phase2;
    if (Math.max(this.#announced, carried) === commit) return;
    // While there are proposals, they carry it.
    if (this.context.now() - proposedAt < this.options.commitDelay) this.#announceLater();
    else this.#sendHeartbeat(NO_ANSWER);
  }

  /** The state machine wants a tick at this log time; undefined for none. */
  wantTick(deadline: number | undefined): void {
    this.#ticks.want(deadline);
  }

  tickTimer(): void {
    const time = this.#ticks.due();
    if (time !== undefined) this.#phase2.propose([emptyEntry(EntryType.Tick, time)]);
  }

  end(): void {
    for (const timer of ['commit', 'tick', 'heartbeat']) this.effects.stopTimer(timer);
    this.#phase2.end();
  }

  /** Whether everything that an earlier leader may have chosen is known, and reads may be served. */
  get #settled(): boolean {
    return this.#phase2.commit > this.#barrier;
  }

  #proposeRequests(): void {
    const { window } = this.options;
    const entries: Entry[] = [];
    let bytes = this.#phase2.openBytes;
    let slots = this.#phase2.openSlots;
    for (let request = this.#requests.first; request !== undefined; request = this.#requests.first) {
      const { session, seq, floor, origin, learner, payload } = request;
      const size = sizeOfEntry(request);
      if (slots >= window.slots || (bytes > 0 && bytes + size > window.bytes)) break;
      this.#requests.remove(request);
      const type = seq === 0 ? EntryType.Open : EntryType.Batch;
      entries.push({ type, time: this.#stamp(), session, seq, floor, origin, learner, payload });
      bytes += size;
      slots++;
    }
    if (entries.length > 0) this.#phase2.propose(entries);
  }

  /** Check-quorum: a quorum must answer, and so must this node's own disk. */
  #silent(now: number, patience: number, alive: ReadonlySet<string>): Silent | undefined {
    const { quorum, acceptors } = this.placement;
    if (!quorum.isPhase2(alive)) return 'quorum';
    const own = this.context.self.node;
    const heard = !acceptors.includes(own) || this.#contact.since(now - OWN_DISK_PATIENCE * patience).has(own);
    return heard ? undefined : 'disk';
  }

  #heartbeat(): void {
    this.#sendHeartbeat(this.#reads.begin([], 0));
    for (const node of this.placement.leaders)
      if (node !== this.context.self.node)
        this.effects.send(this.context.address('leader', node), { kind: 'leading', ballot: this.ballot, commit: this.#phase2.commit });
  }

  #sendHeartbeat(round: number): void {
    this.#announced = this.#phase2.commit;
    const heartbeat = { kind: 'heartbeat', ballot: this.ballot, round, commit: this.#announced, truncate: this.truncation.below } as const;
    for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), heartbeat);
  }

  #startHeartbeatTimer(): void {
    this.effects.startTimer('heartbeat', this.options.heartbeat, { kind: 'heartbeatTimer' });
  }

  #chosen(first: number, entries: readonly Entry[], answer = true): void {
    if (this.context.tracing) this.effects.trace({ event: 'choose', ballot: this.ballot, first, entries } satisfies ConsensusEvent);
    this.#teach(first, entries, answer);
    this.#announceLater();
    // Places in the window came free, and perhaps the barrier is behind: gather what waited.
    if (this.#requests.size > 0 || this.#newReads.size > 0) this.#flushLater();
  }

  #announceLater(): void {
    if (this.#commitTimer) return;
    this.#commitTimer = true;
    this.effects.startTimer('commit', this.options.commitDelay, { kind: 'commitTimer' });
  }

  /** Tells the learner of this node, which answers unless others do, and those that no acceptor tells. */
  #teach(first: number, entries: readonly Entry[], answer: boolean): void {
    const own = this.context.self.node;
    if (this.#hasLearner) this.effects.send(this.context.address('learner'), { kind: 'decided', first, entries, answer });
    for (const node of this.placement.remoteLearners)
      if (node !== own) this.effects.send(this.context.address('learner', node), { kind: 'decided', first, entries, answer: false });
  }

  #serve({ origin, id, queries }: Read, index: number): void {
    if (queries.length === 0) return this.effects.send(this.context.address('proposer', origin), { kind: 'readIndex', id, index });
    const { learners } = this.placement;
    const own = this.context.self.node;
    const node = this.#hasLearner ? own : learners[this.#served++ % learners.length];
    this.effects.send(this.context.address('learner', node), { kind: 'query', origin, id, index, queries });
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.effects.send(this.context.self, { kind: 'flush' });
  }

  #stamp(): number {
    return this.#clock.stamp(this.context.wallClock(), this.context.now());
  }
}
