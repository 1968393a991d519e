import type { Address } from '../../actor/address.js';
import type { Reply, Request } from './messages.js';

type Answer = Pick<Reply, 'status' | 'result'>;

interface Origin {
  floor: number;
  /** By id; `undefined` while it is under way. */
  readonly answers: Map<number, Answer | undefined>;
}

/** Lives of callers whose requests are remembered, at most. */
const MOST_ORIGINS = 4096;

/**
 * What callers on other nodes asked of this life of a proposer, and what they were told: a request that comes again, by a repetition
 * or by the network, is answered again and not run again.
 */
export class Requests {
  readonly #origins = new Map<string, Origin>();

  /** Full of others: to forget any of them safely, the proposer must begin another life. */
  isFull(from: Address, { caller }: Request): boolean {
    return this.#origins.size >= MOST_ORIGINS && !this.#origins.has(keyOf(from, caller));
  }

  clear(): void {
    this.#origins.clear();
  }

  /** 'new' if it is to be run; its answer if that is known; undefined if there is nothing to be done. */
  take(from: Address, { caller, id, floor }: Request): 'new' | Answer | undefined {
    const key = keyOf(from, caller);
    let origin = this.#origins.get(key);
    if (origin === undefined) this.#origins.set(key, (origin = { floor, answers: new Map() }));
    for (const settled of origin.answers.keys()) if (settled < floor) origin.answers.delete(settled);
    origin.floor = Math.max(origin.floor, floor);
    if (id < origin.floor) return undefined;
    if (origin.answers.has(id)) return origin.answers.get(id);
    origin.answers.set(id, undefined);
    return 'new';
  }

  answered(from: Address, { caller, id }: Request, answer: Answer): void {
    const origin = this.#origins.get(keyOf(from, caller));
    if (origin?.answers.has(id)) origin.answers.set(id, answer);
  }
}

/** A node that starts again is another caller: late copies of what the former one asked are still known as such. */
const keyOf = ({ node }: Address, caller: number): string => `${node} ${caller}`;
