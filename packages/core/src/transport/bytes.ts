/** Bytes that do not say what they should. The frame or record that holds them is refused. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

const SLAB_BYTES = 64 * 1024;
/** What is written into a slab, at most: an allocation of its own costs more than such a message, and pins no more than itself. */
const MOST_IN_SLAB = 1024;
let slab = new DataView(new ArrayBuffer(SLAB_BYTES));
let slabUsed = 0;

/** Writes into a buffer whose size is known beforehand: a message is sized, then written, and nothing grows or moves. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Where `bytes` begins in the view. */
  readonly #start: number;
  #at = 0;

  /** `lasting`: what is written will be kept for long, so it must not hold on to a slab. */
  constructor(size: number, lasting = false) {
    if (lasting || size > MOST_IN_SLAB) {
      this.bytes = new Uint8Array(size);
      this.#view = new DataView(this.bytes.buffer);
      this.#start = 0;
      return;
    }
    if (slabUsed + size > SLAB_BYTES) {
      slab = new DataView(new ArrayBuffer(SLAB_BYTES));
      slabUsed = 0;
    }
    this.bytes = new Uint8Array(slab.buffer, slabUsed, size);
    this.#view = slab;
    this.#start = slabUsed;
    slabUsed += size;
  }

  get length(): number {
    return this.#at;
  }

  u8(value: number): void {
    this.bytes[this.#at++] = value;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#start + this.#at, value);
    this.#at += 4;
  }

  /** Any number, in 8 bytes; integers are exact up to 2^53. */
  f64(value: number): void {
    this.#view.setFloat64(this.#start + this.#at, value);
    this.#at += 8;
  }

  /** Up to 255 characters of ASCII. */
  ascii(text: string): void {
    this.bytes[this.#at++] = text.length;
    for (let i = 0; i < text.length; i++) this.bytes[this.#at++] = text.charCodeAt(i);
  }

  /** A u32 length, then the bytes. */
  blob(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

export const sizeOfAscii = (text: string): number => 1 + text.length;
export const sizeOfBlob = (bytes: Uint8Array): number => 4 + bytes.length;

/** Reads what `ByteWriter` wrote. Throws `MalformedError` on anything else; blobs are views, not copies. */
export class ByteReader {
  readonly #view: DataView;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  u8(): number {
    return this.bytes[this.#advance(1)] as number;
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** A slot, a round, a count: an integer from 0 to 2^53 - 1. */
  index(): number {
    const value = this.f64();
    if (!Number.isSafeInteger(value) || value < 0) throw new MalformedError(`expected a whole number from 0 to 2^53 - 1, found ${value}`);
    return value;
  }

  ascii(): string {
    const length = this.u8();
    let at = this.#advance(length);
    let text = '';
    for (const end = at + length; at < end; at++) text += String.fromCharCode(this.bytes[at] as number);
    return text;
  }

  blob(): Uint8Array {
    const length = this.u32();
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The number of things that follow, each of at least `least` bytes: refused before anything is allocated for them. */
  count(least: number): number {
    const count = this.u32();
    if (count * least > this.remaining) throw new MalformedError(`${count} items announced, ${this.remaining} bytes left`);
    return count;
  }

  end(): void {
    if (this.remaining !== 0) throw new MalformedError(`${this.remaining} bytes too many`);
  }

  #advance(by: number): number {
    const at = this.#at;
    if (at + by > this.bytes.length) throw new MalformedError(`${by} bytes expected, ${this.bytes.length - at} left`);
    this.#at = at + by;
    return at;
  }
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
