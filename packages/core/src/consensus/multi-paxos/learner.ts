import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { type Entry, EntryType, sizeOfEntry } from '../../replication/entry.js';
import type { Replica, SlotOutcome } from '../../replication/replica.js';
import type { ConsensusEvent } from '../trace-events.js';
import { CatchingUp } from './catching-up.js';
import { EarlyEntries } from './early-entries.js';
import { LogTail } from './log-tail.js';
import type {
  CatchUp,
  CaughtUp,
  Chosen,
  Decided,
  LearnerMessage,
  MultiPaxosMessage,
  Query,
  SnapshotFragment,
  SnapshotOffer,
  SnapshotRequest,
} from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import type { Placement } from './placement.js';
import { Queries } from './queries.js';
import { REPORT_EVERY } from './reported-progress.js';
import { PIECE_BYTES } from './sizes.js';
import { SnapshotSender } from './snapshot-transfer.js';
import { SnapshotWriter } from './snapshot-writer.js';

/** What a learner behind keeps of what it cannot execute yet, in slots and bytes; the rest it asks for again. */
const MOST_EARLY = 8192;
const MOST_EARLY_BYTES = 64 * 1024 * 1024;
/** Executed slots that are kept for other learners, at least. */
const SHORTEST_TAIL = 10_000;
const NOTHING = new Uint8Array(0);

/**
 * The learner: executes the decided prefix in order, answers, and keeps the state in snapshots. It learns only through a leader,
 * the acceptor of its node, or another learner, and all of them hand over only what is chosen. (Paxos Made Simple §2.3)
 */
export class Learner implements Role<LearnerMessage> {
  readonly #hasAcceptor: boolean;
  readonly #hasLeader: boolean;
  /** Decided, but not next. */
  readonly #early = new EarlyEntries(MOST_EARLY, MOST_EARLY_BYTES);
  readonly #catchingUp: CatchingUp;
  readonly #queries: Queries;
  readonly #snapshots: SnapshotWriter;
  readonly #tail: LogTail;
  readonly #sender: SnapshotSender;
  /** What this node's leader has decided below it is answered from here. */
  #answeringBelow = 0;
  /** What the leader of this node was told last. */
  #deadline: number | undefined;
  #behind = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot' | 'tail' | 'resultBytes'>,
    private readonly replica: Replica,
  ) {
    if (context.recovered.checkpoint !== undefined) replica.restore(context.recovered.checkpoint);
    this.#hasAcceptor = placement.acceptors.includes(context.self.node);
    this.#hasLeader = placement.leaders.includes(context.self.node);
    this.#catchingUp = new CatchingUp(context, effects, placement, options.retry, replica);
    this.#queries = new Queries(context, effects, replica, options.resultBytes);
    this.#snapshots = new SnapshotWriter(context, effects, options.snapshot, replica);
    this.#sender = new SnapshotSender(context.random);
    this.#tail = new LogTail(replica.next, Math.max(options.tail, SHORTEST_TAIL), options.snapshot.bytes / 2);
  }

  start(): void {
    this.#tellAcceptor();
    this.#tellLeader();
    if (this.context.tracing && this.replica.next > 0)
      this.effects.trace({ event: 'snapshotted', next: this.replica.next } satisfies ConsensusEvent);
    this.effects.startTimer('report', this.options.retry, { kind: 'reportTimer' });
    this.#show();
  }

  // ── learning ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** From the leader: to be answered, if this is the leader's own node. */
  decided({ first, entries, answer }: Decided): void {
    const end = first + entries.length;
    if (answer) this.#answeringBelow = Math.max(this.#answeringBelow, end);
    this.#take(first, entries, end);
  }

  /** From the acceptor of this node. */
  chosen({ first, entries, commit }: Chosen): void {
    this.#take(first, entries, commit);
  }

  /** From a learner or an acceptor that was asked. */
  caughtUp({ first, entries, commit }: CaughtUp, peer: Address): void {
    const before = this.replica.next;
    this.#take(first, entries, commit);
    if (this.replica.next === before) return;
    this.#tellAcceptor();
    if (this.#catchingUp.behind > 0) this.#catchingUp.ask(peer);
  }

  snapshotOffer({ next }: SnapshotOffer, peer: Address): void {
    this.#catchingUp.offered(next, peer);
  }

  snapshotFragment(fragment: SnapshotFragment, peer: Address): void {
    const pieces = this.#catchingUp.received(fragment, peer);
    if (pieces === undefined) return;
    if (fragment.next > this.replica.next) this.#install(pieces, peer);
    // It came on by another way meanwhile, and may still be behind.
    else this.#catchingUp.askSoon();
  }

  catchUpTimer(): void {
    this.#catchingUp.askAgain();
  }

  /** How many slots are known to be chosen beyond what is executed. */
  get behind(): number {
    return this.#catchingUp.behind;
  }

  // ── telling ────────────────────────────────────────────────────────────────────────────────────────────────────────

  query(query: Query): void {
    if (query.index <= this.replica.next) return this.#queries.answer(query);
    this.#queries.hold(query);
    this.#catchingUp.learnCommit(query.index);
    this.#catchingUp.askSoon();
  }

  locate(): void {
    this.#tellLeader();
  }

  reportTimer(): void {
    this.#report();
    this.#sender.letGo(this.context.now());
    // A learner whose node has no acceptor is told what is decided once; it asks, in case that was lost.
    if (!this.#hasAcceptor) this.#catchingUp.askNext();
    this.effects.startTimer('report', REPORT_EVERY, { kind: 'reportTimer' });
  }

  checkpointed(): void {
    this.#snapshots.written();
    this.#report();
    this.#snapshots.writeIfDue();
    this.#show();
  }

  /** Another learner is behind. */
  catchUp({ next }: CatchUp, asker: Address): void {
    if (next >= this.replica.next) return;
    if (next < this.#tail.first) return this.effects.send(asker, { kind: 'snapshotOffer', next: this.replica.next });
    this.effects.send(asker, { kind: 'caughtUp', first: next, entries: this.#tail.from(next, PIECE_BYTES), commit: this.replica.next });
  }

  snapshotRequest({ transfer, fragment }: SnapshotRequest, asker: Address): void {
    const found = this.#sender.fragment(asker.node, transfer, fragment, this.context.now(), () => ({
      next: this.replica.next,
      pieces: this.replica.snapshot(),
    }));
    if (found !== undefined) this.effects.send(asker, found);
  }

  // ── executing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Decided entries; all below `commit` is chosen. */
  #take(first: number, entries: readonly Entry[], commit: number): void {
    this.#catchingUp.learnCommit(commit);
    const { next } = this.replica;
    if (first > next) {
      for (let i = 0; i < entries.length; i++) if (!this.#early.add(first + i, entries[i] as Entry)) break;
    } else {
      for (let i = next - first; i < entries.length; i++) this.#execute(entries[i] as Entry);
    }
    this.#proceed();
    this.#catchingUp.askSoon();
  }

  #install(pieces: readonly Uint8Array[], { node }: Address): void {
    this.replica.restore(pieces);
    const { next } = this.replica;
    this.#catchingUp.learnCommit(next);
    this.#tail.reset(next);
    this.#snapshots.installed();
    this.effects.notify({ event: 'snapshot installed', from: node, next });
    if (this.context.tracing) this.effects.trace({ event: 'install', next } satisfies ConsensusEvent);
    this.#proceed();
    this.#tellAcceptor();
    this.#catchingUp.askSoon();
  }

  /** Executes what came early and is next now, and does what waited for that. */
  #proceed(): void {
    for (let entry = this.#early.take(this.replica.next); entry !== undefined; entry = this.#early.take(this.replica.next))
      this.#execute(entry);
    // What was executed by another way since is of no use any more.
    this.#early.forgetBelow(this.replica.next);
    this.#queries.answerHeld();
    if (this.replica.deadline !== this.#deadline || this.#catchingUp.behind !== this.#behind) this.#tellLeader();
    this.#snapshots.writeIfDue();
    this.#show();
  }

  #execute(entry: Entry): void {
    const slot = this.replica.next;
    const outcome = this.replica.execute(entry);
    this.#tail.push(entry);
    this.#snapshots.executed(sizeOfEntry(entry));
    if (this.context.tracing) {
      const repeated = outcome?.outcome === 'executed' && outcome.repeated;
      this.effects.trace({ event: 'apply', slot, entry, repeated } satisfies ConsensusEvent);
    }
    if (outcome === undefined) return;
    if (slot < this.#answeringBelow || entry.learner === this.context.self.node) this.#reply(entry, outcome);
  }

  #reply({ type, seq, session, origin, payload }: Entry, outcome: SlotOutcome): void {
    this.effects.send(this.context.address('proposer', origin), {
      kind: 'reply',
      session: outcome.outcome === 'opened' ? outcome.session : session,
      seq,
      status: outcome.outcome,
      index: this.replica.next,
      nonce: type === EntryType.Open ? payload : NOTHING,
      results: outcome.outcome === 'executed' ? outcome.results : NOTHING,
    });
  }

  #tellAcceptor(): void {
    if (this.#hasAcceptor) this.effects.send(this.context.address('acceptor'), { kind: 'resume', next: this.replica.next });
  }

  #tellLeader(): void {
    const { next, time, deadline } = this.replica;
    const { behind } = this.#catchingUp;
    this.#deadline = deadline;
    this.#behind = behind;
    if (this.#hasLeader) this.effects.send(this.context.address('leader'), { kind: 'learnerState', next, behind, time, deadline });
  }

  #report(): void {
    const progress = { kind: 'progress', applied: this.replica.next, snapshot: this.#snapshots.next } as const;
    for (const node of this.placement.leaders) this.effects.send(this.context.address('leader', node), progress);
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.chosen = Math.max(this.#catchingUp.commit, this.replica.next);
    gauges.applied = this.replica.next;
    gauges.logTime = this.replica.time;
    gauges.sessions = this.replica.sessions;
    gauges.snapshot = this.#snapshots.next;
    gauges.behind = this.#catchingUp.behind;
  }
}
