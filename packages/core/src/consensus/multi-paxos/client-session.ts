import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { type Random, randomBelow } from '../../actor/random.js';
import type { ConsensusEvent } from '../trace-events.js';
import type { CommandCall } from './calls.js';
import type { LeaderBelief } from './leader-belief.js';
import type { MultiPaxosMessage, Reply, Request, Retry, Tell } from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import { type Batch, isWanted, Outstanding } from './outstanding.js';

/** Callers that were told "unknown" and may come back, at most. */
const MOST_UNKNOWN = 1024;
/** Sent so often, a batch is sent half as often from then on. */
const MANY_SENT = 3;
/** What nobody waits for any more is still asked for, so much more slowly: its number holds down the floor, and its caller may come back. */
const UNWANTED = 10;

/** Sends a request for the `attempt`th time, while `leader` is believed in. */
export type Route = (request: Request, leader: string, attempt: number) => void;

const toLeader =
  (context: ActorContext, effects: Effects<MultiPaxosMessage>): Route =>
  (request, leader) =>
    effects.send(context.address('leader', leader), request);

/**
 * The commands of a proposer: opens a session, numbers what a turn brought as one batch, and sends that until its outcome is
 * known. (Sessions: `docs/protocols.md` §4.2)
 */
export class ClientSession {
  #nonce: Uint8Array;
  #session: number | undefined;
  #opening = false;
  #openedAt = Number.NEGATIVE_INFINITY;
  #openings = 0;
  #queue: CommandCall[] = [];
  #queueBytes = 0;
  #outstanding: Outstanding;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly belief: LeaderBelief,
    private readonly options: MultiPaxosOptions,
    private readonly join: (commands: readonly Uint8Array[]) => Uint8Array,
    private readonly tell: Tell,
    private readonly route: Route = toLeader(context, effects),
  ) {
    this.#nonce = newNonce(context.random);
    this.#outstanding = this.#newOutstanding();
  }

  /** Whether commands wait for a session, or for room. */
  get hasQueued(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether there is anything to be sent again, or to be given up. */
  get isBusy(): boolean {
    return this.#queue.length > 0 || this.#outstanding.size > 0 || this.#opening;
  }

  /** They are sent at the next `flush`. */
  add(calls: readonly CommandCall[]): void {
    const { queue } = this.options;
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i] as CommandCall;
      if (this.#queue.length >= queue.commands || this.#queueBytes + call.bytes.length > queue.bytes)
        return this.tell(calls.slice(i), {
          status: 'overloaded',
          reason: `${this.#queue.length} commands wait in the proposer already`,
        });
      this.#queue.push(call);
      this.#queueBytes += call.bytes.length;
    }
  }

  retry({ call, unknown }: Retry): void {
    const known = this.#outstanding.resume(unknown, call);
    if (known === undefined) return this.tell([call], { status: 'unknown', reason: 'the outcome can no longer be found out' });
    if ('results' in known) return this.tell([...new Array<undefined>(known.index), call], { results: known.results });
    this.#send(known);
  }

  flush(): void {
    if (this.#queue.length === 0) return;
    if (this.#session === undefined) {
      if (!this.#opening) this.#open();
      return;
    }
    const queue = this.#queue;
    let at = 0;
    while (at < queue.length && this.#outstanding.hasRoom(this.options.window.bytes)) {
      const first = at;
      for (let bytes = 0; at < queue.length && (bytes === 0 || bytes < this.options.batchBytes); at++)
        bytes += (queue[at] as CommandCall).bytes.length + 4;
      const calls = queue.slice(first, at);
      for (const { bytes } of calls) this.#queueBytes -= bytes.length;
      const batch = this.#outstanding.add(calls);
      this.#trace(this.#session, batch.seq, batch.payload);
      this.#send(batch);
    }
    if (at > 0) this.#queue = queue.slice(at);
  }

  reply({ session, seq, status, nonce, results }: Reply): void {
    if (status === 'opened') return this.#opened(session, nonce);
    if (session !== this.#session) return;
    if (status === 'no session') return this.#evicted();
    if (status === 'too many outstanding') return;
    const batch = this.#outstanding.get(seq);
    if (batch === undefined) return;
    if (status === 'stale') {
      this.#outstanding.remove(seq);
      this.tell(batch.callers, { status: 'unknown', reason: 'its number had been given up' });
    } else {
      this.#outstanding.settle(batch, results);
      this.tell(batch.callers, { results });
    }
  }

  /** The leader has no room: not again before a while. */
  busy(session: number, seq: number): void {
    const batch = session === this.#session ? this.#outstanding.get(seq) : undefined;
    if (batch !== undefined) batch.again = this.context.now() + 2 * this.options.retry;
  }

  /** What the last leader left open is asked of the next one at once. */
  newLeader(): void {
    if (this.#opening) this.#open();
    const { leader } = this.belief;
    for (const batch of this.#outstanding.batches) if (batch.sentTo !== leader && isWanted(batch)) this.#send(batch);
  }

  isOverdue(now: number): boolean {
    if (this.#openingIsOverdue(now)) return true;
    for (const { again } of this.#outstanding.batches) if (again <= now) return true;
    return false;
  }

  sendAgain(now: number): void {
    if (this.#openingIsOverdue(now)) this.#open();
    for (const batch of this.#outstanding.batches) if (batch.again <= now) this.#send(batch);
  }

  /** Tells those whose time is over what is known: nothing was sent, or it is unknown what became of it. */
  giveUp(now: number): void {
    const unsent = this.#queue.filter(({ deadline }) => deadline <= now);
    if (unsent.length > 0) {
      this.#queue = this.#queue.filter(({ deadline }) => deadline > now);
      for (const { bytes } of unsent) this.#queueBytes -= bytes.length;
      this.tell(unsent, { status: 'refused', reason: 'no leader could be reached in time' });
    }
    const unanswered: CommandCall[] = [];
    for (const batch of this.#outstanding.batches)
      batch.callers.forEach((call, i) => {
        if (call === undefined || call.deadline > now) return;
        this.#outstanding.abandon(batch, i);
        unanswered.push(call);
      });
    if (unanswered.length > 0) this.tell(unanswered, { status: 'unknown', reason: 'no outcome in time' });
  }

  #openingIsOverdue(now: number): boolean {
    return this.#opening && this.#openedAt + this.options.retry <= now;
  }

  #open(): void {
    this.#opening = true;
    this.#openedAt = this.context.now();
    this.#trace(0, 0, this.#nonce);
    this.#request(0, 0, 0, this.#openings++, this.#nonce);
  }

  #opened(session: number, nonce: Uint8Array): void {
    if (!this.#opening || nonce.length !== this.#nonce.length || nonce.some((byte, i) => byte !== this.#nonce[i])) return;
    this.#opening = false;
    this.#session = session;
  }

  #send(batch: Batch): void {
    if (this.#session === undefined) return;
    batch.sent++;
    batch.again = this.context.now() + this.options.retry * (!isWanted(batch) ? UNWANTED : batch.sent > MANY_SENT ? 2 : 1);
    batch.sentTo = this.belief.leader;
    this.#request(this.#session, batch.seq, this.#outstanding.floor, batch.sent, batch.payload);
  }

  #request(session: number, seq: number, floor: number, attempt: number, payload: Uint8Array): void {
    const learner = this.belief.learnerToAnswer;
    const request = { kind: 'request', origin: this.context.self.node, session, seq, floor, hops: 0, learner, payload } as const;
    this.route(request, this.belief.leader, attempt);
  }

  /** The replicas know the session no more. What was sent may have happened; under a new session it would happen again. */
  #evicted(): void {
    for (const { callers } of this.#outstanding.batches)
      this.tell(callers, { status: 'unknown', reason: 'the session was evicted while the command was under way' });
    this.#outstanding = this.#newOutstanding();
    if (this.context.tracing) this.effects.trace({ event: 'evicted', session: this.#session ?? 0 } satisfies ConsensusEvent);
    this.#session = undefined;
    this.#nonce = newNonce(this.context.random);
    this.effects.notify({ event: 'session evicted' });
  }

  #trace(session: number, seq: number, payload: Uint8Array): void {
    if (this.context.tracing) this.effects.trace({ event: 'request', session, seq, payload } satisfies ConsensusEvent);
  }

  #newOutstanding(): Outstanding {
    return new Outstanding(MOST_UNKNOWN, this.options.sessions.outstanding / 2, this.join);
  }
}

const newNonce = (random: Random): Uint8Array => Uint8Array.from({ length: 16 }, () => randomBelow(random, 256));
