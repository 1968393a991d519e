import { Deadline, Deadlines } from './deadlines.js';
import { Fingerprint, mixed } from './fingerprint.js';
import { MAX_EXPIRED_AT_ONCE, MAX_PAGE_BYTES } from './limits.js';
import { type Entry, type Page, Trie } from './trie.js';

/** The keys, their deadlines, the log's time, and the digest of it all. */
export class Keyspace {
  readonly #trie = new Trie();
  #deadlines = new Deadlines();
  #time = 0;
  #digestA = 0;
  #digestB = 0;
  readonly #fingerprint = new Fingerprint();

  /** Log time, ms: that of the last command or tick. */
  get time(): number {
    return this.#time;
  }

  /** Keys, counting those that are past their deadline and not swept up yet. */
  get size(): number {
    return this.#trie.size;
  }

  /** Keys with a deadline. */
  get expiring(): number {
    return this.#deadlines.size;
  }

  get nextDeadline(): number | undefined {
    return this.#deadlines.first?.at;
  }

  /** 16 hex digits, the same wherever the same entries are, in whatever order they came. */
  get digest(): string {
    return [this.#digestA, this.#digestB].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** The entry of a key that is there and not past its deadline. */
  get(key: string): Entry | undefined {
    const entry = this.#trie.get(key, this.#locate(key));
    return entry !== undefined && this.#alive(entry) ? entry : undefined;
  }

  /** Sets value and deadline (log time, ms) of a key, new or not. A deadline that has passed already leaves no key. */
  set(key: string, value: string, at?: number): void {
    const hash = this.#locate(key);
    const { a, b } = this.#fingerprint.feed(value);
    this.#put(key, hash, value, a, b, at);
  }

  /** Replaces the value and keeps the deadline. */
  update(entry: Entry, value: string): void {
    const hash = this.#locate(entry.key);
    const { a, b } = this.#fingerprint.feed(value);
    this.#replace({ key: entry.key, hash, value, a, b, deadline: entry.deadline });
  }

  /** Adds to the end of the value and keeps the deadline: what was there is not hashed again. */
  append(entry: Entry, tail: string): string {
    const value = entry.value + tail;
    // V8 joins strings lazily; reading a char makes one flat string of a long chain of short tails.
    if (value.length >> 10 !== entry.value.length >> 10) value.charCodeAt(0);
    const { a, b } = this.#fingerprint.resume(entry.a, entry.b).feed(tail);
    this.#replace({ key: entry.key, hash: entry.hash, value, a, b, deadline: entry.deadline });
    return value;
  }

  /** Gives an entry another deadline (log time, ms), or none. */
  expireAt(entry: Entry, at: number | undefined): void {
    this.#put(entry.key, entry.hash, entry.value, entry.a, entry.b, at);
  }

  /** Whether the key was there. */
  delete(key: string): boolean {
    const removed = this.#trie.delete(key, this.#locate(key));
    if (removed === undefined) return false;
    this.#forget(removed);
    return this.#alive(removed);
  }

  clear(): void {
    this.#trie.clear();
    this.#deadlines = new Deadlines();
    this.#digestA = 0;
    this.#digestB = 0;
  }

  /** Log time is now `time`; sweeps up keys that are due, some at a time. */
  advance(time: number): void {
    this.#time = Math.max(this.#time, time);
    for (let swept = 0; swept < MAX_EXPIRED_AT_ONCE; swept++) {
      const { first } = this.#deadlines;
      if (first === undefined || first.at > this.#time) return;
      this.delete(first.key);
    }
  }

  /** Puts an entry of a frozen view into an empty keyspace. */
  restore(key: string, value: string, at: number | undefined): void {
    const hash = this.#locate(key);
    const { a, b } = this.#fingerprint.feed(value);
    this.#replace({ key, hash, value, a, b, deadline: at === undefined ? undefined : new Deadline(key, at) });
  }

  /** Log time when the view was frozen. Keys that were due and not swept up are as they were. */
  restoreTime(time: number): void {
    this.#time = time;
  }

  /** Keys from hash `from` on; see `Trie.page`. */
  page(from: number, count: number): Page {
    const { entries, next } = this.#trie.page(from, count, MAX_PAGE_BYTES);
    return { entries: entries.filter((entry) => this.#alive(entry)), next };
  }

  freeze(): Iterable<Entry> {
    return this.#trie.freeze();
  }

  #alive({ deadline }: Entry): boolean {
    return deadline === undefined || deadline.at > this.#time;
  }

  /** The key's hash; leaves the fingerprint ready to go on with the value. */
  #locate(key: string): number {
    return mixed(this.#fingerprint.start(key).a);
  }

  #put(key: string, hash: number, value: string, a: number, b: number, at: number | undefined): void {
    if (at !== undefined && at <= this.#time) {
      this.delete(key);
      return;
    }
    const deadline = at === undefined ? undefined : new Deadline(key, at);
    this.#replace({ key, hash, value, a, b, deadline });
  }

  #replace(entry: Entry): void {
    const previous = this.#trie.set(entry);
    this.#count(entry, 1);
    if (previous !== undefined) this.#count(previous, -1);
    if (previous?.deadline === entry.deadline) return;
    if (previous?.deadline !== undefined) this.#deadlines.remove(previous.deadline);
    if (entry.deadline !== undefined) this.#deadlines.add(entry.deadline);
  }

  #forget(entry: Entry): void {
    this.#count(entry, -1);
    if (entry.deadline !== undefined) this.#deadlines.remove(entry.deadline);
  }

  #count({ a, b, deadline }: Entry, sign: 1 | -1): void {
    const at = deadline === undefined ? 0 : (deadline.at % 2 ** 32) ^ Math.imul(deadline.at / 2 ** 32, 0x9e3779b1);
    this.#digestA = (this.#digestA + sign * mixed(a ^ at)) | 0;
    this.#digestB = (this.#digestB + sign * mixed(b ^ mixed(at))) | 0;
  }
}
