import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { decodeOutcomes, type Outcome } from '../../replication/batch.js';
import { MalformedError } from '../../transport/bytes.js';
import type { QueryCall } from './calls.js';
import type { LeaderBelief } from './leader-belief.js';
import type { Answers, MultiPaxosMessage, Tell } from './messages.js';
import type { MultiPaxosOptions } from './options.js';

/** Rounds of reading under way, at most. */
const MOST_ROUNDS = 1024;

interface Round {
  /** All of one kind: linearizable, or not. */
  readonly calls: readonly QueryCall[];
  readonly waiting: Set<QueryCall>;
  sentAt: number;
}

/**
 * The queries of a proposer: those of a turn share one round. A linearizable one asks the leader for a read index, and then a
 * learner; others go to the learner at once. (Read index: `docs/protocols.md` §4.3)
 */
export class ReadsUnderWay {
  #gathered: QueryCall[] = [];
  readonly #rounds = new Map<number, Round>();
  /** Begins anywhere: answers to an earlier life of this node must not be taken for its own. */
  #nextId: number;
  /** Everything below it has been shown to a caller of this node. */
  #shown = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly belief: LeaderBelief,
    private readonly hasLearner: boolean,
    private readonly options: MultiPaxosOptions,
    private readonly tell: Tell,
  ) {
    this.#nextId = context.random.uint32() * 2 ** 20 + 1;
  }

  /** Whether there is anything to be sent again, or to be given up. */
  get isBusy(): boolean {
    return this.#rounds.size > 0;
  }

  /** They are sent at the next `flush`. */
  add(calls: readonly QueryCall[]): void {
    const room = this.#rounds.size < MOST_ROUNDS ? this.options.queue.commands - this.#gathered.length : 0;
    for (let i = 0; i < Math.min(room, calls.length); i++) this.#gathered.push(calls[i] as QueryCall);
    if (calls.length > room)
      this.tell(calls.slice(Math.max(0, room)), { status: 'overloaded', reason: 'too many queries wait in the proposer already' });
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const calls = this.#gathered;
    this.#gathered = [];
    this.#begin(calls.filter(({ consistency }) => consistency === 'linearizable'));
    this.#begin(calls.filter(({ consistency }) => consistency !== 'linearizable'));
  }

  /** Whoever reads at this node from now on sees no less. */
  shown(index: number): void {
    this.#shown = Math.max(this.#shown, index);
  }

  /** The leader vouches: what is executed below `index` is fresh enough. */
  readIndex(id: number, index: number): void {
    const round = this.#rounds.get(id);
    if (round !== undefined) this.#query(id, round, index);
  }

  answers({ id, index, first, outcomes }: Answers): void {
    const round = this.#rounds.get(id);
    if (round === undefined) return;
    this.shown(index);
    const answered = readOutcomes(outcomes);
    if (answered === undefined) return;
    const calls = answered.map((_, i) => {
      const call = round.calls[first + i];
      return call !== undefined && round.waiting.delete(call) ? call : undefined;
    });
    if (round.waiting.size === 0) this.#rounds.delete(id);
    this.tell(calls, { outcomes: answered });
  }

  newLeader(): void {
    for (const [id, round] of this.#rounds) this.#send(id, round);
  }

  isOverdue(now: number): boolean {
    for (const { sentAt } of this.#rounds.values()) if (sentAt + this.options.retry <= now) return true;
    return false;
  }

  sendAgain(now: number): void {
    for (const [id, round] of this.#rounds) if (round.sentAt + this.options.retry <= now) this.#send(id, round);
  }

  giveUp(now: number): void {
    for (const [id, { waiting }] of this.#rounds) {
      const late = [...waiting].filter(({ deadline }) => deadline <= now);
      if (late.length === 0) continue;
      for (const call of late) waiting.delete(call);
      if (waiting.size === 0) this.#rounds.delete(id);
      this.tell(late, { status: 'refused', reason: 'no answer in time' });
    }
  }

  /** One round for all, unless their queries are too long for a message. */
  #begin(all: readonly QueryCall[]): void {
    for (let at = 0; at < all.length; ) {
      const first = at;
      for (let bytes = 0; at < all.length && bytes < this.options.batchBytes; at++) bytes += (all[at] as QueryCall).bytes.length + 4;
      const calls = all.slice(first, at);
      const id = this.#nextId++;
      const round = { calls, waiting: new Set(calls), sentAt: 0 };
      this.#rounds.set(id, round);
      this.#send(id, round);
    }
  }

  #send(id: number, round: Round): void {
    round.sentAt = this.context.now();
    if (round.calls[0]?.consistency !== 'linearizable') {
      const sequential = round.calls.some(({ consistency }) => consistency === 'sequential');
      return this.#query(id, round, sequential ? this.#shown : 0);
    }
    const queries = this.hasLearner ? [] : round.calls.map(({ bytes }) => bytes);
    const read = { kind: 'read', origin: this.context.self.node, id, hops: 0, queries } as const;
    this.effects.send(this.context.address('leader', this.belief.leader), read);
  }

  #query(id: number, { calls }: Round, index: number): void {
    const queries = calls.map(({ bytes }) => bytes);
    const query = { kind: 'query', origin: this.context.self.node, id, index, queries } as const;
    this.effects.send(this.context.address('learner', this.belief.learner), query);
  }
}

/** Undefined for what no honest replica sends: then it is as if nothing had come. */
const readOutcomes = (bytes: Uint8Array): readonly [Outcome, ...Outcome[]] | undefined => {
  try {
    return decodeOutcomes(bytes);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
};
