import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { randomBelow } from '../../actor/random.js';
import { type Ballot, compareBallots, NO_BALLOT, sameBallot } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { Cache } from './cache.js';
import type { RegisterEvent } from './events.js';
import type { Accept, Accepted, Nack, Prepare, Promised, RegisterMessage } from './messages.js';
import type { Decision } from './operation.js';
import type { RegisterOptions } from './options.js';
import type { ProposerLog } from './proposer-log.js';
import { Phase1, Phase2 } from './round.js';
import { decodeState, encodeState, type Versions } from './state.js';
import type { Task } from './task.js';

/** What all keys of a proposer share. */
export interface Proposing {
  readonly context: ActorContext;
  readonly effects: Effects<RegisterMessage>;
  readonly acceptors: readonly string[];
  readonly quorum: QuorumSystem;
  readonly options: RegisterOptions;
  readonly log: ProposerLog;
  readonly cache: Cache;
  readonly versions: Versions;
}

interface Preparing {
  readonly phase: 1;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly tally: Phase1;
  sentAt: number;
}

interface Proposed {
  readonly phase: 2;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly tally: Phase2;
  readonly next: Ballot;
  readonly state: Uint8Array;
  readonly decision: Decision;
  sentAt: number;
}

/** Who was asked so often to no avail may be asked at another ballot. */
const DOUBLINGS = 10;

/**
 * What a proposer does about one key: one operation after the other, each by as many ballots as it takes. (`docs/protocols.md` §3.1
 * to §3.4)
 */
export class KeyWork {
  #waiting: Task[] = [];
  #task: Task | undefined;
  #round: Preparing | Proposed | undefined;
  /** The last one that was chosen: further votes may still make a phase-1 quorum of those who promised its next ballot. */
  #chosen: Proposed | undefined;
  #tries = 0;
  #backingOff = false;

  constructor(
    readonly key: string,
    private readonly shared: Proposing,
  ) {}

  get size(): number {
    return this.#waiting.length + (this.#task === undefined ? 0 : 1);
  }

  /** Whether nothing is left to be done or to be heard of. */
  get idle(): boolean {
    return this.#task === undefined && this.#chosen === undefined;
  }

  add(task: Task): void {
    this.#waiting.push(task);
    // What waits for acceptors that may be down must not hold up others.
    if (this.#task?.unanimous === true) this.#settle({ status: 'refused', reason: 'the key is in use' });
    else this.#begin();
  }

  // ── answers ────────────────────────────────────────────────────────────────────────────────────────────────────────

  promise(node: string, promise: Promised): void {
    const round = this.#round;
    if (round?.phase !== 1 || round.nonce !== promise.nonce || !sameBallot(round.ballot, promise.ballot)) return;
    // No honest acceptor has voted at a ballot at which nothing is proposed yet.
    if (compareBallots(promise.accepted, round.ballot) >= 0) return;
    const found = round.tally.promise(node, promise);
    if (found !== undefined) this.#propose(round.ballot, found);
  }

  accepted(node: string, accepted: Accepted): void {
    const round = this.#round?.phase === 2 ? this.#round : this.#chosen;
    if (round === undefined || round.nonce !== accepted.nonce || !sameBallot(round.ballot, accepted.ballot)) return;
    round.tally.accepted(node, accepted);
    if (round === this.#round) {
      if (this.#task?.unanimous ? round.tally.unanimous : round.tally.chosen) this.#decided(round);
    } else this.#cacheIfPrepared();
  }

  nack({ ballot, nonce, promised }: Nack): void {
    const { log, context, effects, options } = this.shared;
    log.seen(promised.round);
    const round = this.#round;
    if (round === undefined || this.#backingOff || round.nonce !== nonce || !sameBallot(round.ballot, ballot)) return;
    // One Nack does not prove that no quorum will vote: that may still be heard before the next attempt.
    this.#backingOff = true;
    const { least, most } = options.backoff;
    const longest = Math.min(least * 2 ** Math.min(this.#tries, DOUBLINGS), most);
    effects.startTimer(`again ${this.key}`, 1 + randomBelow(context.random, Math.ceil(longest)), { kind: 'againTimer', key: this.key });
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** By timer: another attempt, at a higher ballot. */
  again(): void {
    if (!this.#backingOff) return;
    this.#backingOff = false;
    if (this.#task === undefined) return;
    this.#tries++;
    this.#prepare();
  }

  /** By timer: tells those whose time is over what is known, and sends again what was not answered. */
  look(now: number): void {
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    if (late.length > 0) this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const task of late) giveUp(task);
    // What was heard of late is not waited for for ever.
    if (this.#chosen !== undefined && this.#chosen.sentAt + this.shared.options.retry <= now) this.#chosen = undefined;
    const task = this.#task;
    if (task === undefined) return;
    if (task.deadline <= now) {
      this.#end();
      giveUp(task);
      this.#begin();
    } else if (this.#round !== undefined && this.#round.sentAt + this.shared.options.retry <= now) this.#send(this.#round);
  }

  // ── forgetting ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The key is being deleted: nothing that was found before may be built on, and nobody can tell any more whether it was made. */
  fence(): void {
    this.shared.cache.drop(this.key);
    this.#chosen = undefined;
    const fenced = this.#waiting.filter(({ operation }) => operation.proposed);
    this.#waiting = this.#waiting.filter(({ operation }) => !operation.proposed);
    for (const task of fenced) task.settle(FENCED);
    if (this.#task === undefined) return;
    if (this.#task.operation.proposed) this.#settle(FENCED);
    else this.#prepare();
  }

  // ── one operation ──────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    if (this.#task !== undefined) return;
    const task = this.#waiting.shift();
    if (task === undefined) return;
    this.#task = task;
    this.#chosen = undefined;
    this.#tries = 0;
    const prepared = this.shared.cache.take(this.key);
    if (prepared === undefined || task.unanimous) this.#prepare();
    else this.#propose(prepared.ballot, prepared.state);
  }

  #prepare(): void {
    const { context, quorum } = this.shared;
    const nonce = context.random.uint32();
    this.#send((this.#round = { phase: 1, ballot: this.#newBallot(), nonce, tally: new Phase1(quorum), sentAt: 0 }));
  }

  /** Phase 2: what follows from the state that a phase-1 quorum had. */
  #propose(ballot: Ballot, bytes: Uint8Array): void {
    const { context, effects, quorum, options, versions } = this.shared;
    const task = this.#task as Task;
    const found = decodeState(bytes);
    const decision = task.operation.decide(found, versions.at(ballot), versions);
    if (decision === undefined)
      return this.#settle({
        status: 'unknown',
        reason: 'so many changes of this node came between that it cannot be told whether this one is among them',
      });
    if (task.operation.proposed) task.operation.age ??= this.shared.log.age;
    const state = decision.state === found ? bytes : encodeState(decision.state);
    const next = options.cachedKeys > 0 && !task.unanimous ? this.#newBallot() : NO_BALLOT;
    const nonce = context.random.uint32();
    if (context.tracing) effects.trace({ event: 'propose', key: this.key, ballot, from: found.version, state } satisfies RegisterEvent);
    this.#send((this.#round = { phase: 2, ballot, nonce, tally: new Phase2(quorum, next), next, state, decision, sentAt: 0 }));
  }

  #decided(round: Proposed): void {
    const { context, effects } = this.shared;
    const { ballot, state } = round;
    if (context.tracing) effects.trace({ event: 'choose', key: this.key, ballot, state } satisfies RegisterEvent);
    this.#chosen = round;
    this.#cacheIfPrepared();
    this.#settle(round.decision.outcome, ballot);
  }

  #cacheIfPrepared(): void {
    const round = this.#chosen;
    if (round === undefined || !round.tally.prepared) return;
    this.#chosen = undefined;
    this.shared.cache.put(this.key, { ballot: round.next, state: round.state });
  }

  #settle(settlement: Parameters<Task['settle']>[0], ballot?: Ballot): void {
    const task = this.#task as Task;
    this.#end();
    task.settle(settlement, ballot);
    this.#begin();
  }

  #end(): void {
    this.#task = undefined;
    this.#round = undefined;
    this.#backingOff = false;
    this.shared.effects.stopTimer(`again ${this.key}`);
  }

  #newBallot(): Ballot {
    return { round: this.shared.log.take(), node: this.shared.context.self.node };
  }

  /** To those who have not answered. */
  #send(round: Preparing | Proposed): void {
    const { context, effects, acceptors, log } = this.shared;
    const { ballot, nonce } = round;
    const { key } = this;
    const { age } = log;
    round.sentAt = context.now();
    const message: Prepare | Accept =
      round.phase === 1
        ? { kind: 'prepare', key, ballot, nonce, age }
        : { kind: 'accept', key, ballot, nonce, age, next: round.next, state: round.state };
    for (const node of acceptors) if (!round.tally.has(node)) effects.send(context.address('acceptor', node), message);
  }
}

const FENCED = { status: 'unknown', reason: 'the key was deleted meanwhile' } as const;

/** Its time is over. What was never proposed never happens. */
const giveUp = ({ operation, settle }: Task): void =>
  settle(
    operation.proposed
      ? { status: 'unknown', reason: 'no quorum answered in time', operation }
      : { status: 'refused', reason: 'no quorum answered in time' },
  );
