import { connect, type Socket } from 'node:net';

/** A connection that says exactly what it is told, byte for byte. */
export class RawClient {
  #received = '';
  #changed = (): void => {};
  readonly closed: Promise<void>;

  constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#changed();
    });
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  static async to(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves once exactly `expected` has come, and takes it; rejects as soon as something else has. */
  async expect(expected: string): Promise<void> {
    for (;;) {
      if (this.#received.startsWith(expected)) {
        this.#received = this.#received.slice(expected.length);
        return;
      }
      if (!expected.startsWith(this.#received))
        throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(this.#received)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    await this.closed;
    return this.#received;
  }
}
