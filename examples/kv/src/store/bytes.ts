/** Writes numbers and latin1 strings into one buffer whose size is known. */
export class Writer {
  #at = 0;

  constructor(readonly bytes: Buffer) {}

  u8(value: number): void {
    this.bytes[this.#at++] = value;
  }

  /** Seven bits a byte, the lowest first. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.#at++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.#at++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(text: string): void {
    this.varint(text.length);
    const { bytes } = this;
    // A call into C++ costs more than a loop over a short key.
    if (text.length < 24) for (let i = 0; i < text.length; i++) bytes[this.#at++] = text.charCodeAt(i);
    else this.#at += bytes.write(text, this.#at, 'latin1');
  }
}

export const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
};

export const textSize = (text: string): number => varintSize(text.length) + text.length;

/** Reads what `Writer` wrote; throws on anything else. What it returns shares nothing with the bytes. */
export class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new Error(`bytes end at ${this.#bytes.length}, where more were expected`);
    return value;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 42) throw new Error(`number at ${this.#at} is longer than 7 bytes`);
    }
  }

  /** A number of things that take at least a byte each: bounded by the bytes left. */
  count(): number {
    const count = this.varint();
    if (count > this.#bytes.length - this.#at)
      throw new Error(`${count} things announced where ${this.#bytes.length - this.#at} bytes are left`);
    return count;
  }

  text(): string {
    const length = this.count();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.toString('latin1', start, this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error(`${this.#bytes.length - this.#at} bytes too many`);
  }
}

/** Reads all of the bytes; throws if something is left. */
export const whole = <T>(bytes: Uint8Array, read: (reader: Reader) => T): T => {
  const reader = new Reader(bytes);
  const value = read(reader);
  reader.end();
  return value;
};

/** Reads a count, and that many. Sized beforehand: an array that grows by itself begins with room for seventeen. */
export const list = <T>(reader: Reader, read: (reader: Reader) => T): T[] => {
  const items = new Array<T>(reader.count());
  for (let i = 0; i < items.length; i++) items[i] = read(reader);
  return items;
};

/** A count, then one after the other: for things that tell where they end. */
export const counted = (parts: readonly Uint8Array[]): Buffer => {
  const writer = new Writer(Buffer.allocUnsafe(parts.reduce((size, { length }) => size + length, varintSize(parts.length))));
  writer.varint(parts.length);
  for (const part of parts) writer.raw(part);
  return writer.bytes;
};
