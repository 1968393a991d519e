import { ConfigurationError } from '@synod/core';

/**
 * What goes over a connection, either way: a hello, then frames. Each is preceded by its length in bytes, as u32. The length
 * 0xffffffff stands alone: a heartbeat.
 */
export const HEARTBEAT = 0xffffffff;

const VERSION = 'synod-tcp/1';
const PREFIX_BYTES = 4;
/** Until somebody said hello, no more is taken from him. */
const MAX_HELLO_BYTES = 1_024;
const NODE_ID = /^[A-Za-z0-9_-]{1,64}$/;

export const prefix = (length: number): Uint8Array => {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
};

/** What came in is not of this transport. */
export class WireError extends Error {}

/** Who speaks: a line for the version, one for the node, and the cluster's name. */
export const helloOf = (node: string, cluster: string): Uint8Array => {
  const hello = Buffer.from(`${VERSION}\n${node}\n${cluster}`);
  if (hello.length > MAX_HELLO_BYTES)
    throw new ConfigurationError('BAD_OPTION', `tcpTransport: the cluster's name has ${cluster.length} characters; take a shorter one`);
  return hello;
};

/** The node that says hello. Throws `WireError` if it is not one of this cluster. */
export const nodeOf = (hello: Uint8Array, cluster: string): string => {
  const [version, node = '', ...name] = Buffer.from(hello).toString().split('\n');
  if (version !== VERSION) throw new WireError(`it does not speak ${VERSION}`);
  if (name.join('\n') !== cluster) throw new WireError('it is of another cluster');
  if (!NODE_ID.test(node)) throw new WireError('it has no valid node id');
  return node;
};

/** Takes the stream of a connection apart. Frames are views of what the socket gave, which Node never reuses; only one that came in pieces is put together. */
export class FrameReader {
  #limit = MAX_HELLO_BYTES;
  /** Less than a prefix. */
  #rest: Buffer = Buffer.alloc(0);
  /** A frame that has begun, and how much of it is here. */
  #frame: Buffer | undefined;
  #filled = 0;

  /** From now on frames may be so long. */
  allow(bytes: number): void {
    this.#limit = bytes;
  }

  /** The frames that are whole with this chunk. Throws `WireError`. */
  *read(chunk: Buffer): Generator<Uint8Array> {
    let at = 0;
    if (this.#frame !== undefined) {
      at = chunk.copy(this.#frame, this.#filled);
      this.#filled += at;
      if (this.#filled < this.#frame.length) return;
      const frame = this.#frame;
      this.#frame = undefined;
      yield frame;
    }
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length - at >= PREFIX_BYTES) {
      const length = bytes.readUInt32BE(at);
      at += PREFIX_BYTES;
      if (length === HEARTBEAT) continue;
      if (length > this.#limit) throw new WireError(`it announces ${length} bytes; allowed are ${this.#limit}`);
      if (bytes.length - at < length) {
        this.#frame = Buffer.allocUnsafe(length);
        this.#filled = bytes.copy(this.#frame, 0, at);
        this.#rest = Buffer.alloc(0);
        return;
      }
      yield bytes.subarray(at, at + length);
      at += length;
    }
    this.#rest = bytes.subarray(at);
  }
}
