import type { Envelope } from './envelope.js';

/** First in, first out, without moving anything: what is taken is forgotten when the front half is empty. */
export class EnvelopeQueue {
  #envelopes: (Envelope | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#envelopes.length - this.#head;
  }

  push(envelope: Envelope): void {
    this.#envelopes.push(envelope);
  }

  shift(): Envelope | undefined {
    const envelope = this.#envelopes[this.#head];
    if (envelope === undefined) return undefined;
    this.#envelopes[this.#head++] = undefined;
    if (this.#head === this.#envelopes.length) {
      this.#envelopes.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#envelopes.length) {
      this.#envelopes = this.#envelopes.slice(this.#head);
      this.#head = 0;
    }
    return envelope;
  }

  clear(): void {
    this.#envelopes = [];
    this.#head = 0;
  }
}
