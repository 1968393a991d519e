import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, type ReplicatedClient, UnknownOutcomeError } from '@synod/core';
import type { Held, LockCommand, LockResult } from './lock-table.js';

/** A lock that was granted. Whatever is done under it carries its token. */
export interface Grant {
  readonly lock: string;
  readonly token: number;
}

export interface AcquireOptions {
  /** ms that the lock is held if it is not renewed. */
  readonly lease: number;
  /** ms after which it is given up. */
  readonly patience: number;
}

export interface LockClientOptions {
  /** ms that one attempt may take before its outcome is taken for unknown, and asked for again; 1,000 unless said. */
  readonly deadline?: number;
  /** Told of what is in the way: who holds the lock, or why nobody answered. Each time, so it may be the same as before. */
  readonly waiting?: (why: string) => void;
}

/** Between two attempts of one who waits for a lock, ms: it may be released before its lease is over. */
const LOOK_AGAIN = 100;

/**
 * Locks for one holder, whose name nobody else has. A lease says when others may have the lock, not that its holder is alone: it may
 * be frozen between looking at its clock and writing. So what a lock protects must refuse a token below the highest that it has seen.
 */
export class LockClient {
  readonly #deadline: number;
  readonly #waiting: (why: string) => void;

  constructor(
    private readonly client: ReplicatedClient<LockCommand, LockResult, string, Held | null>,
    readonly holder: string,
    { deadline = 1000, waiting = () => {} }: LockClientOptions = {},
  ) {
    this.#deadline = deadline;
    this.#waiting = waiting;
  }

  /**
   * Undefined if somebody else has it until `patience` is over. Rejects as `submit` does; if with `UnknownOutcomeError`, the lock may have
   * been granted, and is free again when the lease is over.
   */
  async acquire(lock: string, { lease, patience }: AcquireOptions): Promise<Grant | undefined> {
    const end = performance.now() + patience;
    for (;;) {
      const result = await this.#submit({ do: 'acquire', lock, holder: this.holder, lease }, end);
      if (result.is === 'granted') return { lock, token: result.token };
      if (result.is !== 'taken' || performance.now() >= end) return undefined;
      this.#waiting(`${result.by} holds it`);
      await sleep(Math.min(LOOK_AGAIN, result.left + 1));
    }
  }

  /** From now on `lease` ms; false if it is held no more. */
  async renew({ lock, token }: Grant, lease: number): Promise<boolean> {
    return (await this.#submit({ do: 'renew', lock, token, lease }, performance.now() + lease)).is === 'renewed';
  }

  /** False if it was held no more. */
  async release({ lock, token }: Grant, patience = 5000): Promise<boolean> {
    return (await this.#submit({ do: 'release', lock, token }, performance.now() + patience)).is === 'released';
  }

  /** Who holds it now. */
  holderOf(lock: string): Promise<Held | null> {
    return this.client.query(lock);
  }

  /**
   * Until it is known what became of it, or it is `end`. What is unknown is asked for again under its own number, with `retry`: to
   * submit it anew might have it executed twice, and a second grant would wait for the first. What was refused never happened, and
   * may be submitted anew.
   */
  async #submit(command: LockCommand, end: number): Promise<LockResult> {
    const options = { deadline: this.#deadline };
    let attempt = () => this.client.submit(command, options);
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (performance.now() >= end) throw error;
        if (error instanceof UnknownOutcomeError) attempt = () => (error as UnknownOutcomeError<LockResult>).retry(options);
        else if (!(error instanceof RefusedError) || error.code === 'COMMAND_REFUSED') throw error;
        this.#waiting(error.message);
        await sleep(LOOK_AGAIN);
      }
    }
  }
}
