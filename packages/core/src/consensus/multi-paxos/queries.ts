import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { encodeOutcomes, type Outcome } from '../../replication/batch.js';
import type { Replica } from '../../replication/replica.js';
import type { MultiPaxosMessage, Query } from './messages.js';

/** Queries that wait for the log, in messages and bytes, at most; who is not answered asks again. */
const MOST_WAITING = 16_384;
const MOST_BYTES = 64 * 1024 * 1024;
const ANSWER_TOO_LARGE: Outcome = { ok: false, bytes: new TextEncoder().encode('the answer is larger than resultBytes') };

/** Answers queries from the state of this node, each once everything below its index is executed. (`docs/protocols.md` §4.3 b) */
export class Queries {
  #waiting: Query[] = [];
  #bytes = 0;

  /** `resultBytes`: the largest answer, and what the answers of one message take together. */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly replica: Pick<Replica, 'next' | 'query'>,
    private readonly resultBytes: number,
  ) {}

  /** Keeps a query that cannot be answered yet, if there is room. */
  hold(query: Query): void {
    const bytes = query.queries.reduce((sum, { length }) => sum + length, 0);
    if (this.#waiting.length >= MOST_WAITING || this.#bytes + bytes > MOST_BYTES) return;
    this.#waiting.push(query);
    this.#bytes += bytes;
  }

  /** More was executed: answers what waited for that. */
  answerHeld(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const query of waiting)
      if (query.index <= this.replica.next) this.answer(query);
      else this.hold(query);
  }

  /** Large answers to the queries of one message are told in several. */
  answer({ origin, id, queries }: Query): void {
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
      const outcome = answer.bytes.length > this.resultBytes ? ANSWER_TOO_LARGE : answer;
      if (bytes + outcome.bytes.length > this.resultBytes) send();
      outcomes.push(outcome);
      bytes += outcome.bytes.length;
    }
    send();
  }
}
