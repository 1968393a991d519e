import { ByteReader, ByteWriter, sizeOfAscii, sizeOfBlob } from '../transport/bytes.js';

export interface SessionLimits {
  /** Sessions kept at most. */
  readonly sessions: number;
  /** Bytes of results kept at most, over all sessions. */
  readonly bytes: number;
  /** Batches of one session whose results are kept at most: what a client may have outstanding. */
  readonly outstanding: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { sessions: 10_000, bytes: 64 * 1024 * 1024, outstanding: 4096 };

interface Session {
  readonly nonce: string;
  floor: number;
  bytes: number;
  /** Results by seq; a seq at or above the floor that is not here was never executed. */
  readonly results: Map<number, Uint8Array>;
}

/** What the table says of a batch before it is executed. */
export type Admission =
  | { readonly admission: 'execute' }
  /** Executed before, with this result. */
  | { readonly admission: 'executed'; readonly result: Uint8Array }
  /** Below the floor: the client itself said that it knows the outcome. A late duplicate. */
  | { readonly admission: 'stale' }
  /** The session is not here: never opened, or evicted. Whether the batch was executed cannot be told; it will not be now. */
  | { readonly admission: 'no session' }
  /** The client has more outstanding than the table keeps. Never executed. */
  | { readonly admission: 'too many outstanding' };

const EXECUTE: Admission = { admission: 'execute' };
const STALE: Admission = { admission: 'stale' };
const NO_SESSION: Admission = { admission: 'no session' };
const TOO_MANY: Admission = { admission: 'too many outstanding' };

/**
 * Exactly-once execution. It is part of the replicated state: every replica holds the same table at the same index, so eviction
 * goes by the order of use in the log and never by a clock. (Ongaro, Consensus: Bridging Theory and Practice §6.3)
 */
export class SessionTable {
  /** In the order of use, the longest unused first. */
  #sessions = new Map<number, Session>();
  readonly #byNonce = new Map<string, number>();
  #bytes = 0;

  constructor(private readonly limits: SessionLimits = DEFAULT_SESSION_LIMITS) {}

  get size(): number {
    return this.#sessions.size;
  }

  /** Opens a session whose id is `index`; a nonce that was seen before names the session that it opened then. */
  open(nonce: string, index: number): number {
    const existing = this.#byNonce.get(nonce);
    if (existing !== undefined) return existing;
    this.#sessions.set(index, { nonce, floor: 1, bytes: 0, results: new Map() });
    this.#byNonce.set(nonce, index);
    this.#evict();
    return index;
  }

  admit(id: number, seq: number, floor: number): Admission {
    const session = this.#sessions.get(id);
    if (session === undefined) return NO_SESSION;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    if (floor > session.floor) this.#raise(session, floor);
    if (seq < session.floor) return STALE;
    const result = session.results.get(seq);
    if (result !== undefined) return { admission: 'executed', result };
    return session.results.size >= this.limits.outstanding ? TOO_MANY : EXECUTE;
  }

  /** Keeps the result of a batch that `admit` let execute. */
  executed(id: number, seq: number, result: Uint8Array): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    // On its own: a view would hold on to all that was written beside it, for as long as the session lives.
    session.results.set(seq, result.length < result.buffer.byteLength ? result.slice() : result);
    session.bytes += result.length;
    this.#bytes += result.length;
    this.#evict();
  }

  #raise(session: Session, floor: number): void {
    session.floor = floor;
    for (const [seq, result] of session.results)
      if (seq < floor) {
        session.results.delete(seq);
        session.bytes -= result.length;
        this.#bytes -= result.length;
      }
  }

  #evict(): void {
    for (const [id, session] of this.#sessions) {
      if (this.#sessions.size <= this.limits.sessions && this.#bytes <= this.limits.bytes) return;
      if (this.#sessions.size === 1) return;
      this.#sessions.delete(id);
      this.#byNonce.delete(session.nonce);
      this.#bytes -= session.bytes;
    }
  }

  /** The whole table, in its order. Made at once: it is bounded by `limits.bytes`. */
  snapshot(): Uint8Array {
    let size = 4;
    for (const { nonce, results } of this.#sessions.values()) {
      size += 8 + sizeOfAscii(nonce) + 8 + 4;
      for (const result of results.values()) size += 8 + sizeOfBlob(result);
    }
    const writer = new ByteWriter(size);
    writer.u32(this.#sessions.size);
    for (const [id, { nonce, floor, results }] of this.#sessions) {
      writer.f64(id);
      writer.ascii(nonce);
      writer.f64(floor);
      writer.u32(results.size);
      for (const [seq, result] of results) {
        writer.f64(seq);
        writer.blob(result);
      }
    }
    return writer.bytes;
  }

  /** Throws `MalformedError`. */
  restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    this.#sessions = new Map();
    this.#byNonce.clear();
    this.#bytes = 0;
    for (let left = reader.count(21); left > 0; left--) {
      const id = reader.index();
      const nonce = reader.ascii();
      const session: Session = { nonce, floor: reader.index(), bytes: 0, results: new Map() };
      for (let more = reader.count(12); more > 0; more--) {
        const seq = reader.index();
        const result = reader.blob().slice();
        session.results.set(seq, result);
        session.bytes += result.length;
      }
      this.#bytes += session.bytes;
      this.#sessions.set(id, session);
      this.#byNonce.set(nonce, id);
    }
    reader.end();
  }
}
