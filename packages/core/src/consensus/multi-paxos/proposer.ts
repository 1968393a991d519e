import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import { type Random, randomBelow } from '../../actor/random.js';
import type { Role } from '../../actor/react.js';
import { decodeOutcomes, encodeCommands, type Outcome } from '../../replication/batch.js';
import { MalformedError } from '../../transport/bytes.js';
import {
  type Answers,
  type Ask,
  type Busy,
  type LeaderIs,
  type MultiPaxosMessage,
  NO_TICKET,
  type ProposerMessage,
  type Read,
  type ReadIndex,
  type Reply,
  type Request,
  type Retry,
  type Settlement,
  type Submit,
} from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import { type Batch, isWanted, Outstanding } from './outstanding.js';
import type { Placement } from './placement.js';

/** Callers that were told "unknown" and may come back, at most. */
const MOST_UNKNOWN = 1024;
/** Rounds of reading under way, at most. */
const MOST_READS = 1024;
/** Between two looks at deadlines and at what was not answered, ms. */
const LOOK_EVERY = 50;

interface ReadsUnderWay {
  readonly asks: readonly Ask[];
  readonly waiting: Set<Ask>;
  sentAt: number;
}

/**
 * The proposer: a client's way in. It opens a session, numbers what a turn brings as one batch, sends it to the leader it
 * believes in, and alone retries; so whatever happens, a command happens once. (Paxos Made Moderately Complex §2.1; sessions as
 * `docs/protocols.md` §4.2)
 */
export class Proposer implements Role<ProposerMessage> {
  readonly #client: Address;
  readonly #hasLearner: boolean;
  #nonce: Uint8Array;
  #session: number | undefined;
  #opening = false;
  #openedAt = Number.NEGATIVE_INFINITY;
  #leader: string | undefined;
  /** Where to turn while no leader is known. */
  #turn: number;
  #queue: Submit[] = [];
  #queueBytes = 0;
  #asks: Ask[] = [];
  #outstanding: Outstanding;
  readonly #reads = new Map<number, ReadsUnderWay>();
  /** Begins anywhere: answers to an earlier life of this node must not be taken for its own. */
  #nextRead: number;
  /** Everything below it has been shown to a caller of this node. */
  #shown = 0;
  #flushing = false;
  #looking = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: MultiPaxosOptions,
    private readonly join: (commands: readonly Uint8Array[]) => Uint8Array = encodeCommands,
  ) {
    this.#client = context.address('client');
    this.#hasLearner = placement.learners.includes(context.self.node);
    this.#turn = 2 * randomBelow(context.random, placement.leaders.length);
    this.#nonce = newNonce(context.random);
    this.#nextRead = context.random.uint32() * 2 ** 20 + 1;
    this.#outstanding = this.#newOutstanding();
  }

  // ── from the client ────────────────────────────────────────────────────────────────────────────────────────────────

  submit(submit: Submit): void {
    const { queue } = this.options;
    if (this.#queue.length >= queue.commands || this.#queueBytes + submit.command.length > queue.bytes)
      return this.#settle(submit.ticket, 'overloaded', `${this.#queue.length} commands wait in the proposer already`);
    this.#queue.push(submit);
    this.#queueBytes += submit.command.length;
    this.#flushLater();
  }

  retry({ ticket, unknown, deadline }: Retry): void {
    const known = this.#outstanding.resume(unknown, ticket, deadline);
    if (known === undefined) return this.#settle(ticket, 'unknown', 'the outcome can no longer be found out');
    if ('results' in known)
      return this.#tellClient([...new Array<number>(known.index).fill(NO_TICKET), ticket], { results: known.results });
    this.#send(known);
    this.#lookLater();
  }

  ask(ask: Ask): void {
    if (this.#asks.length >= this.options.queue.commands || this.#reads.size >= MOST_READS)
      return this.#settle(ask.ticket, 'overloaded', 'too many queries wait in the proposer already');
    this.#asks.push(ask);
    this.#flushLater();
  }

  flush(): void {
    this.#flushing = false;
    this.#flushQueue();
    this.#flushAsks();
    this.#lookLater();
  }

  // ── from leaders and learners ──────────────────────────────────────────────────────────────────────────────────────

  reply({ session, seq, status, index, nonce, results }: Reply): void {
    this.#shown = Math.max(this.#shown, index);
    if (status === 'opened') return this.#opened(session, nonce);
    if (session !== this.#session) return;
    if (status === 'no session') return this.#evicted();
    if (status === 'too many outstanding') return;
    const batch = this.#outstanding.get(seq);
    if (batch === undefined) return;
    if (status === 'stale') {
      this.#outstanding.remove(seq);
      this.#settleAll(batch, 'unknown', 'its number had been given up');
    } else {
      this.#tellClient(this.#outstanding.settle(batch, results), { results });
    }
    if (this.#queue.length > 0) this.#flushLater();
  }

  leaderIs({ node }: LeaderIs): void {
    const leader = node === '' ? undefined : node;
    if (leader === this.#leader) return;
    this.#leader = leader;
    if (leader === undefined) return;
    // What the last leader left open is asked of the next one at once.
    if (this.#opening) this.#sendOpen();
    for (const batch of this.#outstanding.batches) if (batch.sentTo !== leader && isWanted(batch)) this.#send(batch);
    for (const [id, reads] of this.#reads) this.#sendRead(id, reads);
  }

  busy({ session, seq }: Busy): void {
    if (session !== this.#session) return;
    const batch = this.#outstanding.get(seq);
    // Not before a while: the leader has no room.
    if (batch !== undefined) batch.again = this.context.now() + 2 * this.options.retry;
  }

  readIndex({ id, index }: ReadIndex): void {
    const reads = this.#reads.get(id);
    if (reads !== undefined) this.#query(id, reads, index);
  }

  answers({ id, index, first, outcomes }: Answers): void {
    const reads = this.#reads.get(id);
    if (reads === undefined) return;
    this.#shown = Math.max(this.#shown, index);
    const answered = readOutcomes(outcomes);
    if (answered === undefined) return;
    const tickets = answered.map((_, i) => {
      const ask = reads.asks[first + i];
      return ask !== undefined && reads.waiting.delete(ask) ? ask.ticket : NO_TICKET;
    });
    if (reads.waiting.size === 0) this.#reads.delete(id);
    this.#tellClient(tickets, { outcomes: answered });
  }

  retryTimer(): void {
    this.#looking = false;
    const now = this.context.now();
    this.#giveUp(now);
    const before = now - this.options.retry;
    let unanswered = false;
    if (this.#opening && this.#openedAt <= before) {
      unanswered = true;
      this.#lookElsewhere();
      this.#sendOpen();
    }
    for (const batch of this.#outstanding.batches)
      if (batch.again <= now) {
        // The first that was not answered sends all to another leader.
        if (!unanswered) this.#lookElsewhere();
        unanswered = true;
        this.#send(batch);
      }
    for (const [id, reads] of this.#reads)
      if (reads.sentAt <= before) {
        if (!unanswered) this.#lookElsewhere();
        unanswered = true;
        this.#sendRead(id, reads);
      }
    if (this.#queue.length > 0) this.#flushLater();
    this.#lookLater();
  }

  // ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #flushQueue(): void {
    if (this.#queue.length === 0) return;
    if (this.#session === undefined) {
      if (!this.#opening) this.#sendOpen();
      return;
    }
    let at = 0;
    while (at < this.#queue.length && this.#outstanding.hasRoom(this.options.window.bytes)) {
      const commands: Submit[] = [];
      for (let bytes = 0; at < this.#queue.length && (bytes === 0 || bytes < this.options.batchBytes); at++) {
        const submit = this.#queue[at] as Submit;
        commands.push(submit);
        bytes += submit.command.length + 4;
        this.#queueBytes -= submit.command.length;
      }
      this.#send(this.#outstanding.add(commands));
    }
    if (at > 0) this.#queue = at === this.#queue.length ? [] : this.#queue.slice(at);
  }

  #send(batch: Batch): void {
    if (this.#session === undefined) return;
    batch.sent++;
    // What nobody waits for any more is still asked for, slowly: its number holds down the floor, and its caller may come back.
    batch.again = this.context.now() + this.options.retry * (!isWanted(batch) ? 10 : batch.sent > 3 ? 2 : 1);
    batch.sentTo = this.#toLeader({
      kind: 'request',
      origin: this.context.self.node,
      session: this.#session,
      seq: batch.seq,
      floor: this.#outstanding.floor,
      hops: 0,
      learner: this.#namedLearner(batch.sent),
      payload: batch.payload,
    });
  }

  #sendOpen(): void {
    this.#opening = true;
    this.#openedAt = this.context.now();
    const { node: origin } = this.context.self;
    this.#toLeader({
      kind: 'request',
      origin,
      session: 0,
      seq: 0,
      floor: 0,
      hops: 0,
      learner: this.#namedLearner(this.#turn),
      payload: this.#nonce,
    });
  }

  #opened(session: number, nonce: Uint8Array): void {
    if (!this.#opening || nonce.length !== this.#nonce.length || nonce.some((byte, i) => byte !== this.#nonce[i])) return;
    this.#opening = false;
    this.#session = session;
    this.#flushQueue();
  }

  /** The replicas know the session no more. What was sent may have happened; under a new session it would happen again. */
  #evicted(): void {
    for (const batch of this.#outstanding.batches)
      this.#settleAll(batch, 'unknown', 'the session was evicted while the command was under way');
    this.#outstanding = this.#newOutstanding();
    this.#session = undefined;
    this.#nonce = newNonce(this.context.random);
    this.effects.notify({ event: 'session evicted' });
    if (this.#queue.length > 0) this.#sendOpen();
  }

  // ── queries ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #flushAsks(): void {
    if (this.#asks.length === 0) return;
    const asks = this.#asks;
    this.#asks = [];
    this.#begin(asks.filter(({ consistency }) => consistency === 'linearizable'));
    this.#begin(asks.filter(({ consistency }) => consistency !== 'linearizable'));
  }

  /** One round for all, unless their queries are too long for a message. */
  #begin(asks: readonly Ask[]): void {
    for (let at = 0; at < asks.length; ) {
      const together: Ask[] = [];
      for (let bytes = 0; at < asks.length && bytes < this.options.batchBytes; at++) {
        const ask = asks[at] as Ask;
        together.push(ask);
        bytes += ask.query.length + 4;
      }
      const id = this.#nextRead++;
      const reads = { asks: together, waiting: new Set(together), sentAt: 0 };
      this.#reads.set(id, reads);
      this.#sendRead(id, reads);
    }
  }

  #sendRead(id: number, reads: ReadsUnderWay): void {
    reads.sentAt = this.context.now();
    if (reads.asks[0]?.consistency !== 'linearizable') {
      const sequential = reads.asks.some(({ consistency }) => consistency === 'sequential');
      return this.#query(id, reads, sequential ? this.#shown : 0);
    }
    const queries = this.#hasLearner ? [] : reads.asks.map(({ query }) => query);
    this.#toLeader({ kind: 'read', origin: this.context.self.node, id, hops: 0, queries });
  }

  #query(id: number, { asks }: ReadsUnderWay, index: number): void {
    const { learners } = this.placement;
    const own = this.context.self.node;
    const node = this.#hasLearner
      ? own
      : this.#leader !== undefined && learners.includes(this.#leader)
        ? this.#leader
        : (learners[this.#turn % learners.length] as string);
    const queries = asks.map(({ query }) => query);
    this.effects.send(this.context.address('learner', node), { kind: 'query', origin: own, id, index, queries });
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #giveUp(now: number): void {
    const waiting = this.#queue.filter((submit) => {
      if (submit.deadline > now) return true;
      this.#queueBytes -= submit.command.length;
      this.#settle(submit.ticket, 'refused', 'no leader could be reached in time');
      return false;
    });
    if (waiting.length < this.#queue.length) this.#queue = waiting;
    for (const batch of this.#outstanding.batches)
      batch.callers.forEach(({ ticket, deadline, gone }, i) => {
        if (gone || deadline > now) return;
        this.#outstanding.abandon(batch, i);
        this.#settle(ticket, 'unknown', 'no outcome in time');
      });
    for (const [id, { waiting: asks }] of this.#reads) {
      for (const ask of asks) {
        if (ask.deadline > now) continue;
        asks.delete(ask);
        this.#settle(ask.ticket, 'refused', 'no answer in time');
      }
      if (asks.size === 0) this.#reads.delete(id);
    }
  }

  #lookLater(): void {
    if (this.#looking || (this.#queue.length === 0 && this.#reads.size === 0 && this.#outstanding.size === 0 && !this.#opening)) return;
    this.#looking = true;
    this.effects.startTimer('retry', LOOK_EVERY, { kind: 'retryTimer' });
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.effects.send(this.context.self, { kind: 'flush' });
  }

  // ── whom to ask ────────────────────────────────────────────────────────────────────────────────────────────────────

  #toLeader(message: Request | Read): string {
    const node = this.#leader ?? this.#guess();
    this.effects.send(this.context.address('leader', node), message);
    return node;
  }

  /** The leader of this node knows best; but it may be the one that is cut off, so every other time it is passed by. */
  #guess(): string {
    const { leaders } = this.placement;
    const own = this.context.self.node;
    if (!leaders.includes(own)) return leaders[this.#turn % leaders.length] as string;
    return this.#turn % 2 === 0 ? own : (leaders[(this.#turn >> 1) % leaders.length] as string);
  }

  /** The leader believed in does not answer: another is asked, or the one of this node, which may know more. */
  #lookElsewhere(): void {
    this.#leader = undefined;
    this.#turn++;
  }

  #namedLearner(attempt: number): string {
    if (!this.placement.namesLearner) return '';
    if (this.#hasLearner) return this.context.self.node;
    const { learners } = this.placement;
    return learners[attempt % learners.length] as string;
  }

  #newOutstanding(): Outstanding {
    return new Outstanding(MOST_UNKNOWN, this.options.sessions.outstanding / 2, this.join);
  }

  #settleAll(batch: Batch, status: FailedStatus, reason: string): void {
    for (const { ticket, gone } of batch.callers) if (!gone) this.#settle(ticket, status, reason);
  }

  #settle(ticket: number, status: FailedStatus, reason: string): void {
    this.#tellClient([ticket], { status, reason });
  }

  #tellClient(tickets: readonly number[], settlement: Settlement): void {
    this.effects.send(this.#client, { kind: 'settled', tickets, settlement });
  }
}

type FailedStatus = Extract<Settlement, { readonly status: string }>['status'];

/** Undefined for what no honest replica sends: then it is as if nothing had come. */
const readOutcomes = (bytes: Uint8Array): readonly [Outcome, ...Outcome[]] | undefined => {
  try {
    return decodeOutcomes(bytes);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
};

const newNonce = (random: Random): Uint8Array => Uint8Array.from({ length: 16 }, () => randomBelow(random, 256));
