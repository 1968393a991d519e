import { sizeOfEntry } from '../../replication/entry.js';
import type { Read, Request } from './messages.js';

/** Bytes and requests that wait at most. */
const MOST_BYTES = 64 * 1024 * 1024;
export const MOST_REQUESTS = 16_384;

/** Requests that wait their turn, oldest first. An impatient client's repetition takes the place of what it repeats. */
export class WaitingRequests {
  readonly #requests = new Map<string, Request>();
  #bytes = 0;

  get size(): number {
    return this.#requests.size;
  }

  /** Of the entries that they become. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): Request | undefined {
    for (const request of this.#requests.values()) return request;
    return undefined;
  }

  /** False if there is no room. */
  add(request: Request): boolean {
    const key = keyOf(request);
    const repeated = this.#requests.get(key);
    const bytes = this.#bytes + sizeOfEntry(request) - (repeated === undefined ? 0 : sizeOfEntry(repeated));
    if (bytes > MOST_BYTES || (repeated === undefined && this.#requests.size >= MOST_REQUESTS)) return false;
    this.#requests.set(key, request);
    this.#bytes = bytes;
    return true;
  }

  remove(request: Request): void {
    if (this.#requests.delete(keyOf(request))) this.#bytes -= sizeOfEntry(request);
  }

  /** Empties it. */
  takeAll(): readonly Request[] {
    const all = [...this.#requests.values()];
    this.#requests.clear();
    this.#bytes = 0;
    return all;
  }
}

/** A session opens one batch under each number; an opening has no session yet, and a node opens one at a time. */
const keyOf = ({ origin, session, seq }: Request): string => (seq === 0 ? origin : `${session}:${seq}`);

/** Reads that wait their turn, oldest first, each once. Who is not answered asks again, so what does not fit is let go. */
export class WaitingReads {
  readonly #reads = new Map<string, Read>();

  /** `most`: messages that wait at most. */
  constructor(private readonly most: number) {}

  get size(): number {
    return this.#reads.size;
  }

  /** False if there is no room. */
  add(read: Read): boolean {
    if (this.#reads.size >= this.most) return false;
    this.#reads.set(`${read.origin}:${read.id}`, read);
    return true;
  }

  /** Empties it. */
  takeAll(): readonly Read[] {
    const all = [...this.#reads.values()];
    this.#reads.clear();
    return all;
  }
}
