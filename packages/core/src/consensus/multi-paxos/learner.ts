import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { encodeOutcomes, type Outcome } from '../../replication/batch.js';
import { type Entry, EntryType, sizeOfEntry } from '../../replication/entry.js';
import type { Replica, SlotOutcome } from '../../replication/replica.js';
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
import { SnapshotReceiver, SnapshotSender } from './snapshot-transfer.js';

/** Decided entries travel in messages of about this size. */
const CATCH_UP_BYTES = 256 * 1024;
/** What a learner behind keeps of what it cannot execute yet, in slots and bytes; the rest it asks for again. */
const MOST_EARLY = 8192;
const MOST_EARLY_BYTES = 64 * 1024 * 1024;
/** Queries that wait for the log, in messages and bytes, at most; who is not answered asks again. */
const MOST_QUERIES = 16_384;
const MOST_QUERY_BYTES = 64 * 1024 * 1024;
/** ms between two reports of the durable snapshot. */
const REPORT_EVERY = 2000;
/** A fragment is asked for so often before the donor is given up. */
const MOST_ASKED = 10;
const NOTHING = new Uint8Array(0);
const ANSWER_TOO_LARGE: Outcome = { ok: false, bytes: new TextEncoder().encode('the answer is larger than resultBytes') };

/**
 * The learner: executes the decided prefix in order, answers, and keeps the state in snapshots. It learns only through a leader,
 * the acceptor of its node, or another learner, and all of them hand over only what is chosen. (Paxos Made Simple §2.3)
 */
export class Learner implements Role<LearnerMessage> {
  readonly #tail: LogTail;
  readonly #hasAcceptor: boolean;
  readonly #hasLeader: boolean;
  /** Whom to ask for what was missed: the other learners first, then acceptors. */
  readonly #peers: readonly Address[];
  /** Decided, but not next. */
  readonly #early = new EarlyEntries(MOST_EARLY, MOST_EARLY_BYTES);
  /** Everything below it is chosen. */
  #commit = 0;
  /** What this node's leader has decided below it is answered from here. */
  #answeringBelow = 0;
  #queries: Query[] = [];
  #queryBytes = 0;
  #loggedSlots = 0;
  #loggedBytes = 0;
  /** Everything below it is in a durable snapshot; and in the one being written. */
  #snapshotNext = 0;
  #snapshotting: number | undefined;
  #deadline: number | undefined;
  #catchingUp = false;
  #asked = 0;
  readonly #sender = new SnapshotSender();
  #receiver: SnapshotReceiver | undefined;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot' | 'tail' | 'resultBytes'>,
    private readonly replica: Replica,
  ) {
    if (context.recovered.checkpoint !== undefined) replica.restore(context.recovered.checkpoint);
    this.#snapshotNext = replica.next;
    this.#commit = replica.next;
    this.#hasAcceptor = placement.acceptors.includes(context.self.node);
    this.#hasLeader = placement.leaders.includes(context.self.node);
    const others = (role: string, nodes: readonly string[]): readonly Address[] =>
      nodes.filter((node) => node !== context.self.node).map((node) => context.address(role, node));
    this.#peers = [...others('learner', placement.learners), ...others('acceptor', placement.acceptors)];
    this.#tail = new LogTail(replica.next, Math.max(options.tail, 10_000), options.snapshot.bytes / 2);
  }

  start(): void {
    this.#tellAcceptor();
    this.#tellLeader();
    this.effects.startTimer('report', this.options.retry, { kind: 'reportTimer' });
    this.#show();
  }

  /** From the leader: to be answered, if this is the leader's own node. */
  decided({ first, entries, answer }: Decided): void {
    this.#commit = Math.max(this.#commit, first + entries.length);
    if (answer) this.#answeringBelow = Math.max(this.#answeringBelow, first + entries.length);
    this.#take(first, entries);
  }

  /** From the acceptor of this node. */
  chosen({ first, entries, commit }: Chosen): void {
    this.#commit = Math.max(this.#commit, commit);
    this.#take(first, entries);
  }

  caughtUp({ first, entries, commit }: CaughtUp, peer: Address): void {
    this.#commit = Math.max(this.#commit, commit);
    const before = this.replica.next;
    this.#take(first, entries);
    if (this.replica.next === before) return;
    this.#tellAcceptor();
    if (this.replica.next < this.#commit) this.#askFrom(peer);
  }

  locate(): void {
    this.#tellLeader();
  }

  query(query: Query): void {
    if (query.index <= this.replica.next) return this.#answer(query);
    this.#commit = Math.max(this.#commit, query.index);
    this.#wait(query);
    this.#catchUpSoon();
  }

  // ── helping others to catch up ─────────────────────────────────────────────────────────────────────────────────────

  catchUp({ next }: CatchUp, asker: Address): void {
    if (next >= this.replica.next) return;
    if (next < this.#tail.first) return this.effects.send(asker, { kind: 'snapshotOffer', next: this.replica.next });
    this.effects.send(asker, { kind: 'caughtUp', first: next, entries: this.#tail.from(next, CATCH_UP_BYTES), commit: this.replica.next });
  }

  snapshotRequest({ transfer, fragment }: SnapshotRequest, asker: Address): void {
    const found = this.#sender.fragment(asker.node, transfer, fragment, this.context.now(), () => ({
      next: this.replica.next,
      pieces: this.replica.snapshot(),
    }));
    if (found !== undefined) this.effects.send(asker, found);
  }

  // ── catching up ────────────────────────────────────────────────────────────────────────────────────────────────────

  catchUpTimer(): void {
    this.#catchingUp = false;
    if (this.#receiver !== undefined) {
      if (this.#receiver.asked < MOST_ASKED) return this.#receive(this.#receiver);
      // A donor that fell silent is given up for another.
      this.#receiver = undefined;
    }
    if (this.replica.next >= this.#commit) return;
    this.#askNext();
    this.#catchUpSoon();
  }

  snapshotOffer({ next }: SnapshotOffer, { node }: Address): void {
    if (next <= this.replica.next || this.#receiver !== undefined) return;
    this.effects.notify({ event: 'snapshot transfer', from: node, next });
    this.#receive(new SnapshotReceiver(node, this.context.random.uint32()));
  }

  snapshotFragment(fragment: SnapshotFragment, { node }: Address): void {
    const receiver = this.#receiver;
    if (receiver?.donor !== node || !receiver.take(fragment)) return;
    if (fragment.last) this.#install(receiver, fragment.next);
    else this.#receive(receiver);
  }

  checkpointed(): void {
    this.#snapshotNext = this.#snapshotting ?? this.#snapshotNext;
    this.#snapshotting = undefined;
    this.#report();
    this.#snapshotIfDue();
    this.#show();
  }

  reportTimer(): void {
    this.#report();
    // A learner whose node has no acceptor is told what is decided once; it asks, in case that was lost.
    if (!this.#hasAcceptor) this.#askNext();
    this.effects.startTimer('report', REPORT_EVERY, { kind: 'reportTimer' });
  }

  #receive(receiver: SnapshotReceiver): void {
    this.#receiver = receiver;
    receiver.asked++;
    const request = { kind: 'snapshotRequest', transfer: receiver.transfer, fragment: receiver.expected } as const;
    this.effects.send(this.context.address('learner', receiver.donor), request);
    this.#catchingUp = true;
    this.effects.startTimer('catchUp', this.options.retry, { kind: 'catchUpTimer' });
  }

  #install({ pieces, donor }: SnapshotReceiver, next: number): void {
    this.#receiver = undefined;
    this.#catchingUp = false;
    this.effects.stopTimer('catchUp');
    if (next <= this.replica.next) return;
    this.replica.restore(pieces);
    this.#tail.reset(this.replica.next);
    this.#early.forgetBelow(this.replica.next);
    this.#commit = Math.max(this.#commit, this.replica.next);
    this.effects.notify({ event: 'snapshot installed', from: donor, next: this.replica.next });
    if (this.context.tracing) this.effects.trace({ event: 'install', next: this.replica.next });
    this.#loggedBytes = Number.POSITIVE_INFINITY;
    this.#executeBuffered();
    this.#tellAcceptor();
  }

  #askNext(): void {
    const peer = this.#peers[this.#asked++ % this.#peers.length];
    if (peer !== undefined) this.#askFrom(peer);
  }

  #askFrom(peer: Address): void {
    this.effects.send(peer, { kind: 'catchUp', next: this.replica.next });
  }

  #catchUpSoon(): void {
    if (this.#catchingUp || this.replica.next >= this.#commit) return;
    this.#catchingUp = true;
    this.effects.startTimer('catchUp', this.options.retry / 6, { kind: 'catchUpTimer' });
  }

  // ── executing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #take(first: number, entries: readonly Entry[]): void {
    const { next } = this.replica;
    if (first > next) {
      for (let i = 0; i < entries.length; i++) if (!this.#early.add(first + i, entries[i] as Entry)) break;
    } else {
      for (let i = next - first; i < entries.length; i++) this.#execute(entries[i] as Entry);
    }
    this.#executeBuffered();
    this.#catchUpSoon();
  }

  #executeBuffered(): void {
    for (let entry = this.#early.take(this.replica.next); entry !== undefined; entry = this.#early.take(this.replica.next))
      this.#execute(entry);
    // What was executed by another way since is of no use any more.
    this.#early.forgetBelow(this.replica.next);
    this.#afterExecuting();
  }

  #execute(entry: Entry): void {
    const slot = this.replica.next;
    const outcome = this.replica.execute(entry);
    this.#tail.push(entry);
    this.#loggedSlots++;
    this.#loggedBytes += sizeOfEntry(entry);
    if (this.context.tracing) this.effects.trace({ event: 'apply', slot, entry });
    if (outcome === undefined) return;
    if (slot < this.#answeringBelow || (this.placement.namesLearner && entry.learner === this.context.self.node))
      this.#reply(entry, outcome);
  }

  #afterExecuting(): void {
    const { next } = this.replica;
    if (this.#queries.length > 0) {
      const waiting = this.#queries;
      this.#queries = [];
      this.#queryBytes = 0;
      for (const query of waiting)
        if (query.index <= next) this.#answer(query);
        else this.#wait(query);
    }
    if (this.replica.deadline !== this.#deadline) this.#tellLeader();
    this.#snapshotIfDue();
    this.#show();
  }

  #wait(query: Query): void {
    const bytes = query.queries.reduce((sum, { length }) => sum + length, 0);
    if (this.#queries.length >= MOST_QUERIES || this.#queryBytes + bytes > MOST_QUERY_BYTES) return;
    this.#queries.push(query);
    this.#queryBytes += bytes;
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

  #answer({ origin, id, queries }: Query): void {
    const { resultBytes } = this.options;
    const proposer = this.context.address('proposer', origin);
    let first = 0;
    let outcomes: Outcome[] = [];
    let bytes = 0;
    const send = (): void => {
      this.effects.send(proposer, { kind: 'answers', id, index: this.replica.next, first, outcomes: encodeOutcomes(outcomes) });
      first += outcomes.length;
      outcomes = [];
      bytes = 0;
    };
    for (const query of queries) {
      const answer = this.replica.query(query);
      const outcome = answer.bytes.length > resultBytes ? ANSWER_TOO_LARGE : answer;
      if (bytes + outcome.bytes.length > resultBytes) send();
      outcomes.push(outcome);
      bytes += outcome.bytes.length;
    }
    send();
  }

  #tellAcceptor(): void {
    if (this.#hasAcceptor) this.effects.send(this.context.address('acceptor'), { kind: 'resume', next: this.replica.next });
  }

  #tellLeader(): void {
    const { next, time, deadline } = this.replica;
    this.#deadline = deadline;
    if (this.#hasLeader) this.effects.send(this.context.address('leader'), { kind: 'learnerState', next, time, deadline });
  }

  #snapshotIfDue(): void {
    const { slots, bytes } = this.options.snapshot;
    if (this.#snapshotting !== undefined || (this.#loggedSlots < slots && this.#loggedBytes < bytes)) return;
    this.#loggedSlots = 0;
    this.#loggedBytes = 0;
    this.#snapshotting = this.replica.next;
    this.effects.checkpoint(this.replica.snapshot(), { kind: 'checkpointed' });
    if (this.context.tracing) this.effects.trace({ event: 'snapshot', next: this.replica.next });
  }

  #report(): void {
    const progress = { kind: 'progress', applied: this.replica.next, snapshot: this.#snapshotNext } as const;
    for (const node of this.placement.leaders) this.effects.send(this.context.address('leader', node), progress);
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.chosen = Math.max(this.#commit, this.replica.next);
    gauges.applied = this.replica.next;
    gauges.logTime = this.replica.time;
    gauges.sessions = this.replica.sessions;
    gauges.snapshot = this.#snapshotNext;
    gauges.behind = Math.max(0, this.#commit - this.replica.next);
  }
}
