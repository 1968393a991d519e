import RedisParser from 'redis-parser';
import { LIMITS } from './limits.js';
import { ProtocolError, ProtocolGuard } from './protocol-guard.js';

const LF = 0x0a;

/** A connection's bytes to the words of its commands: RESP arrays, and lines typed by hand (`PING\r\n`). */
export class RequestReader {
  readonly #guard = new ProtocolGuard();
  readonly #parser: RedisParser;
  /** The beginning of a line typed by hand. */
  #line: Buffer | undefined;

  constructor(private readonly received: (words: readonly string[]) => void) {
    const fatal = (error: Error): void => {
      throw new ProtocolError(error.message);
    };
    this.#parser = new RedisParser({
      returnBuffers: true,
      returnReply: (reply) => this.#array(reply),
      returnError: fatal,
      returnFatalError: fatal,
    });
  }

  /** Throws `ProtocolError`, after which nothing more must be pushed. */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#line !== undefined) {
        rest = this.#readLine(rest);
        continue;
      }
      const end = this.#guard.check(rest);
      if (end > 0) this.#parser.execute(rest.subarray(0, end));
      rest = rest.subarray(end);
      if (rest.length > 0) this.#line = Buffer.alloc(0);
    }
  }

  /** Takes bytes up to the end of the line; returns those behind it. */
  #readLine(bytes: Buffer): Buffer {
    const end = bytes.indexOf(LF);
    const line = Buffer.concat([this.#line!, bytes.subarray(0, end < 0 ? bytes.length : end)]);
    if (line.length > LIMITS.inlineBytes) throw new ProtocolError('too big inline request');
    this.#line = end < 0 ? line : undefined;
    if (end < 0) return bytes.subarray(bytes.length);
    const words = line.toString('latin1').trim().split(/\s+/);
    if (words[0] !== '') this.received(words);
    return bytes.subarray(end + 1);
  }

  #array(reply: unknown): void {
    // An empty array is no command and gets no answer, as in Redis.
    if (!Array.isArray(reply) || reply.length === 0) return;
    this.received(reply.map((word: Buffer) => word.toString('latin1')));
  }
}
