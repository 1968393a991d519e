import { LIMITS } from './limits.js';

/** What came in is no RESP request. The connection is beyond repair. */
export class ProtocolError extends Error {}

const [STAR, DOLLAR, MINUS, ZERO, CR, LF] = [0x2a, 0x24, 0x2d, 0x30, 0x0d, 0x0a];

type State = 'start' | 'count' | 'dollar' | 'length' | 'payload';

/**
 * Walks the headers of requests (`*2 $3 GET $1 k`) before the parser sees them. The parser was made for replies, whose sender a
 * client may trust: it believes every length. Requests come from anyone.
 */
export class ProtocolGuard {
  #state: State = 'start';
  #number = 0;
  #negative = false;
  #words = 0;
  #skip = 0;
  #commandBytes = 0;

  /** Whether the next byte begins a request. */
  get between(): boolean {
    return this.#state === 'start';
  }

  /** Returns where the first byte stands that begins something else than an array, or the length. Throws `ProtocolError`. */
  check(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'payload') {
        const step = Math.min(this.#skip, bytes.length - at);
        at += step;
        this.#skip -= step;
        if (this.#skip === 0) this.#wordDone();
        continue;
      }
      if (this.#state === 'start' && bytes[at] !== STAR) return at;
      this.#header(bytes[at++]!);
    }
    return at;
  }

  #header(byte: number): void {
    if (this.#state === 'start' || this.#state === 'dollar') {
      if (this.#state === 'dollar' && byte !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(byte)}'`);
      this.#state = this.#state === 'start' ? 'count' : 'length';
      this.#number = 0;
      this.#negative = false;
    } else if (byte === LF) this.#line();
    else if (byte === MINUS && this.#number === 0) this.#negative = true;
    else if (byte >= ZERO! && byte <= ZERO! + 9 && this.#number < 2 ** 40) this.#number = this.#number * 10 + byte - ZERO!;
    else if (byte !== CR) this.#refuse();
  }

  #line(): void {
    if (this.#state === 'count') {
      if (this.#number > LIMITS.words) this.#refuse();
      this.#words = this.#negative ? 0 : this.#number;
      this.#commandBytes = 0;
      this.#state = this.#words === 0 ? 'start' : 'dollar';
      return;
    }
    this.#commandBytes += this.#number;
    if (this.#negative || this.#commandBytes > LIMITS.commandBytes) this.#refuse();
    this.#skip = this.#number + 2;
    this.#state = 'payload';
  }

  #wordDone(): void {
    this.#words--;
    this.#state = this.#words === 0 ? 'start' : 'dollar';
  }

  #refuse(): never {
    throw this.#state === 'count'
      ? new ProtocolError(`invalid multibulk length (at most ${LIMITS.words} words)`)
      : new ProtocolError(`invalid bulk length (a command has at most ${LIMITS.commandBytes} bytes)`);
  }
}
