import { type At, msgpack, type StateMachine } from '@synod/core';

/** Times in ms. `lease`: how long the lock is held if it is not renewed, by the time of the log. */
export type LockCommand =
  | { readonly do: 'acquire'; readonly lock: string; readonly holder: string; readonly lease: number }
  | { readonly do: 'renew'; readonly lock: string; readonly token: number; readonly lease: number }
  | { readonly do: 'release'; readonly lock: string; readonly token: number };

export type LockResult =
  | { readonly is: 'granted'; readonly token: number }
  /** Somebody has it, for `left` ms more unless it is renewed. */
  | { readonly is: 'taken'; readonly by: string; readonly left: number }
  | { readonly is: 'renewed' | 'released' }
  /** The lease is over, or the lock was released: who asks does not hold it any more. */
  | { readonly is: 'lost' };

/** A grant of a lock that is not over. */
export interface Held {
  readonly holder: string;
  /** The fencing token: above that of every earlier grant, of whichever lock. */
  readonly token: number;
  /** The log time at which it is over. */
  readonly until: number;
}

const NAME = /^[\w.-]{1,64}$/;
const LONGEST_LEASE = 3_600_000;

/**
 * Who holds which lock. A lease ends when the log says so, at the same point at every replica; nobody's clock is asked. One count of
 * grants serves all locks, so a lock that nobody holds takes no room.
 */
export class LockTable implements StateMachine<LockCommand, LockResult, string, Held | null> {
  #held = new Map<string, Held>();
  #tokens = 0;
  /** No lease ends before; it may be that none ends then, as after a renewal. */
  #nextEnd = Number.POSITIVE_INFINITY;

  apply(command: LockCommand, { time }: At): LockResult {
    const held = this.#held.get(command.lock);
    if (command.do === 'acquire') {
      if (held !== undefined) return { is: 'taken', by: held.holder, left: held.until - time };
      const token = ++this.#tokens;
      this.#hold(command.lock, { holder: command.holder, token, until: time + command.lease });
      return { is: 'granted', token };
    }
    if (held === undefined || held.token !== command.token) return { is: 'lost' };
    if (command.do === 'release') {
      this.#held.delete(command.lock);
      return { is: 'released' };
    }
    this.#hold(command.lock, { ...held, until: time + command.lease });
    return { is: 'renewed' };
  }

  query(lock: string): Held | null {
    return this.#held.get(lock) ?? null;
  }

  /** The log has a tick when the next lease ends, if nothing else happens then. */
  deadline(): number | undefined {
    return this.#held.size === 0 ? undefined : this.#nextEnd;
  }

  advance(time: number): void {
    for (const [lock, { until }] of this.#held) if (until <= time) this.#held.delete(lock);
    this.#findNextEnd();
  }

  validate(command: LockCommand): void {
    if (!NAME.test(command.lock))
      throw new RangeError(`the lock is ${JSON.stringify(command.lock)}; allowed are 1 to 64 letters, digits, "_", "." and "-"`);
    if (command.do === 'release') return;
    const { lease } = command;
    if (!Number.isInteger(lease) || lease < 1 || lease > LONGEST_LEASE)
      throw new RangeError(`the lease is ${lease} ms; allowed is a whole number from 1 to ${LONGEST_LEASE}`);
  }

  snapshot(): Iterable<Uint8Array> {
    return [contents.encode([this.#tokens, [...this.#held]])];
  }

  restore(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) {
      const [tokens, held] = contents.decode(piece);
      this.#tokens = tokens;
      this.#held = new Map(held);
    }
    this.#findNextEnd();
  }

  #hold(lock: string, held: Held): void {
    this.#held.set(lock, held);
    this.#nextEnd = Math.min(this.#nextEnd, held.until);
  }

  #findNextEnd(): void {
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const { until } of this.#held.values()) this.#nextEnd = Math.min(this.#nextEnd, until);
  }
}

const contents = msgpack<[tokens: number, held: [lock: string, held: Held][]]>();
