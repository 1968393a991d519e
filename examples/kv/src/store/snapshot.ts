import { Keyspace } from './keyspace.js';
import type { Entry } from './trie.js';

const MAGIC = 'SKV1';
const PIECE = 64 << 10;
/** Magic, log time, number of entries; then each entry: key length, value length (u32), deadline or -1 (f64), key, value. */
const HEADER = MAGIC.length + 8 + 8;
const ENTRY_HEADER = 4 + 4 + 8;

/** The entries are frozen when this is called, and written piece by piece as the caller pulls. A long value may span pieces. */
export const writeSnapshot = (keys: Keyspace): Iterable<Uint8Array> => {
  const { time, size } = keys;
  const entries = keys.freeze();
  return { [Symbol.iterator]: () => pieces(entries, time, size) };
};

function* pieces(entries: Iterable<Entry>, time: number, size: number): Iterator<Uint8Array> {
  let piece = Buffer.allocUnsafeSlow(PIECE);
  let at = piece.write(MAGIC, 0, 'latin1');
  at = piece.writeDoubleLE(time, at);
  at = piece.writeDoubleLE(size, at);
  for (const { key, value, deadline } of entries) {
    if (at + ENTRY_HEADER > PIECE) {
      yield piece.subarray(0, at);
      piece = Buffer.allocUnsafeSlow(PIECE);
      at = 0;
    }
    at = piece.writeUInt32LE(key.length, at);
    at = piece.writeUInt32LE(value.length, at);
    at = piece.writeDoubleLE(deadline?.at ?? -1, at);
    for (const text of [key, value]) {
      for (let from = 0; from < text.length; ) {
        if (at === PIECE) {
          yield piece;
          piece = Buffer.allocUnsafeSlow(PIECE);
          at = 0;
        }
        const to = Math.min(text.length, from + PIECE - at);
        at += piece.write(from === 0 && to === text.length ? text : text.slice(from, to), at, 'latin1');
        from = to;
      }
    }
  }
  yield piece.subarray(0, at);
}

/** Throws on pieces that `writeSnapshot` did not make, or not all of them. Where one piece ends and the next begins does not matter. */
export const readSnapshot = (pieces: Iterable<Uint8Array>): Keyspace => {
  const source = new PieceReader(pieces);
  const header = source.take(HEADER);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('not a snapshot of this store');
  const keys = new Keyspace();
  for (let left = header.readDoubleLE(MAGIC.length + 8); left > 0; left--) {
    const entry = source.take(ENTRY_HEADER);
    const [keyLength, valueLength, at] = [entry.readUInt32LE(0), entry.readUInt32LE(4), entry.readDoubleLE(8)];
    keys.restore(source.text(keyLength), source.text(valueLength), at < 0 ? undefined : at);
  }
  keys.restoreTime(header.readDoubleLE(MAGIC.length));
  return keys;
};

/** Takes so many bytes at a time from pieces of any size. */
class PieceReader {
  readonly #pieces: Iterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  take(length: number): Buffer {
    if (this.#at + length <= this.#piece.length) {
      this.#at += length;
      return this.#piece.subarray(this.#at - length, this.#at);
    }
    const parts = [this.#piece.subarray(this.#at)];
    let missing = length - parts[0]!.length;
    while (missing > 0) {
      const { done, value } = this.#pieces.next();
      if (done) throw new Error(`the snapshot ends ${missing} bytes early`);
      this.#piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      this.#at = Math.min(missing, value.length);
      missing -= this.#at;
      parts.push(this.#piece.subarray(0, this.#at));
    }
    return Buffer.concat(parts);
  }

  text(length: number): string {
    return this.take(length).toString('latin1');
  }
}
