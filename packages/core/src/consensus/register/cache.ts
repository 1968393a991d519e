import type { Ballot } from '../ballot.js';

/** A ballot whose phase 1 is done, and what it found. */
export interface Prepared {
  readonly ballot: Ballot;
  readonly state: Uint8Array;
}

/**
 * What a proposer may propose without asking first: for the keys that it changed last, a ballot that a phase-1 quorum promised when
 * it voted. Only a hint: whoever prepared a higher ballot since is told of by a Nack. Each is taken once, for a ballot is for one
 * proposal. (Rystsov, CASPaxos §2.2.1; `docs/protocols.md` §3.4)
 */
export class Cache {
  readonly #prepared = new Map<string, Prepared>();

  /** `most`: keys at most; those that were put in last. */
  constructor(private readonly most: number) {}

  get size(): number {
    return this.#prepared.size;
  }

  put(key: string, prepared: Prepared): void {
    if (this.most === 0) return;
    this.drop(key);
    if (this.#prepared.size >= this.most) for (const oldest of this.#prepared.keys()) if (this.drop(oldest)) break;
    this.#prepared.set(key, prepared);
  }

  take(key: string): Prepared | undefined {
    const prepared = this.#prepared.get(key);
    this.drop(key);
    return prepared;
  }

  clear(): void {
    this.#prepared.clear();
  }

  drop(key: string): boolean {
    return this.#prepared.delete(key);
  }
}
