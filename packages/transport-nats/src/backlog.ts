/** Bytes after which the server is asked how far it is. */
const ASK_EVERY = 256 * 1024;
/** What the client adds to a frame: verb, length, line ends, beside the subject. */
const OVERHEAD = 32;

/**
 * What was handed to the client and the server is not known to have taken. The client keeps all of it, however much, when the server
 * is slow. A server answers a PING once it has read all before it, so each answer tells of the bytes before its PING.
 */
export class Backlog {
  readonly #flush: () => Promise<void>;
  readonly #most: number;
  readonly #askEvery: number;
  #bytes = 0;
  /** Of them, those after the last PING. */
  #unasked = 0;
  #asked = 0;
  #heartbeats = 0;

  /** `flush` sends a PING and completes with its answer. */
  constructor(flush: () => Promise<void>, most: number) {
    this.#flush = flush;
    this.#most = most;
    this.#askEvery = Math.min(ASK_EVERY, most / 4);
  }

  /** False if the frame would be too much. Then the server is asked, so that there will be room if it has taken the others. */
  hasRoom(frame: Uint8Array): boolean {
    if (this.#bytes + frame.length <= this.#most) return true;
    if (this.#unasked > 0) this.#ask();
    return false;
  }

  add(subject: string, frame: Uint8Array): void {
    const size = subject.length + frame.length + OVERHEAD;
    this.#bytes += size;
    this.#unasked += size;
    if (this.#unasked >= this.#askEvery) this.#ask();
  }

  /** How many heartbeats the server has been silent, this one included. */
  heartbeat(): number {
    if (this.#asked === 0) this.#ask();
    return this.#heartbeats++;
  }

  /** The server was heard: it is slow at most. */
  heard(): void {
    this.#heartbeats = 0;
  }

  #ask(): void {
    const size = this.#unasked;
    this.#unasked = 0;
    this.#asked++;
    // Rejected when the connection is lost, and the backlog with it.
    this.#flush().then(
      () => {
        this.#bytes -= size;
        this.#asked--;
        this.#heartbeats = 0;
      },
      () => {},
    );
  }
}
