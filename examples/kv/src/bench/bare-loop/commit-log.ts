import { fdatasync, fsyncSync, openSync, writeSync } from 'node:fs';

const SIZE = 64 << 20;

/** What a process of the bare loop keeps. */
export interface Log {
  append(part: Buffer, durable: () => void): void;
}

/** Nothing, as durable as memory. */
export const noLog: Log = { append: (_, durable) => queueMicrotask(durable) };

/** A preallocated file, written round and round; one fdatasync for everything that came in during the last. */
export class CommitLog implements Log {
  readonly #fd: number;
  #at = 0;
  #parts: Buffer[] = [];
  #waiting: (() => void)[] = [];
  #busy = false;

  constructor(file: string) {
    this.#fd = openSync(file, 'w');
    writeSync(this.#fd, Buffer.alloc(SIZE));
    fsyncSync(this.#fd);
  }

  append(part: Buffer, durable: () => void): void {
    this.#parts.push(part);
    this.#waiting.push(durable);
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const waiting = this.#waiting;
    this.#parts = [];
    this.#waiting = [];
    if (this.#at + bytes.length > SIZE) this.#at = 0;
    writeSync(this.#fd, bytes, 0, bytes.length, this.#at);
    this.#at += bytes.length;
    const done = (error: Error | null): void => {
      if (error) throw error;
      for (const durable of waiting) durable();
      if (this.#parts.length > 0) setImmediate(() => this.#flush());
      else this.#busy = false;
    };
    fdatasync(this.#fd, done);
  }
}
