/**
 * A 64-bit running hash in two 32-bit lanes (FNV-1a with two primes), which goes on from where it stopped: APPEND hashes what it
 * adds. The state's digest is the sum over all entries, so it does not depend on order and costs nothing to ask for. It finds
 * replicas that differ by accident; it is no defence against an author of values.
 */
export class Fingerprint {
  a = 0;
  b = 0;

  /** Begins with a key. */
  start(key: string): this {
    this.a = 0x811c9dc5 | 0;
    this.b = 0x2f72b421 | 0;
    return this.feed(key).feed('\0');
  }

  /** Goes on from stored lanes. */
  resume(a: number, b: number): this {
    this.a = a;
    this.b = b;
    return this;
  }

  feed(text: string): this {
    let { a, b } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x5bd1e995);
    }
    this.a = a;
    this.b = b;
    return this;
  }
}

/** Spreads every bit over all 32 (murmur3's finalizer). */
export const mixed = (lane: number): number => {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) | 0;
};
