import { viewOf } from './frame.js';

const CHUNK_BYTES = 64 << 10;
const LENGTH_BYTES = 4;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
}

/**
 * Recovered records of one role. They are copied, so that a small one does not keep a segment in memory; but into chunks, each
 * record after its length, since hundreds of thousands of little arrays take longer to make and to collect than the whole log to
 * read. Whoever keeps a record keeps its chunk.
 */
export class RecordList implements Iterable<Uint8Array> {
  readonly #chunks: Chunk[] = [];
  #last: Chunk = chunkOf(0);

  add(record: Uint8Array): void {
    const length = LENGTH_BYTES + record.length;
    if (this.#last.used + length > this.#last.bytes.length) this.#chunks.push((this.#last = chunkOf(Math.max(length, CHUNK_BYTES))));
    const { bytes, view, used } = this.#last;
    view.setUint32(used, record.length);
    bytes.set(record, used + LENGTH_BYTES);
    this.#last.used += length;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    for (const { bytes, view, used } of this.#chunks) {
      for (let at = 0; at < used; ) {
        const start = at + LENGTH_BYTES;
        at = start + view.getUint32(at);
        yield bytes.subarray(start, at);
      }
    }
  }
}

const chunkOf = (length: number): Chunk => {
  const bytes = new Uint8Array(length);
  return { bytes, view: viewOf(bytes), used: 0 };
};
