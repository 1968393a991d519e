import type { TraceEvent } from '../actor/effect.js';
import type { VirtualScheduler } from './virtual-scheduler.js';

/** Something that happened in a simulated world. */
export interface WorldEvent {
  /** ms since the simulation began. */
  readonly at: number;
  /** send, deliver, drop, crash, restart, pause, cut, mend, invoke, answer, …, or what a node itself traced. */
  readonly event: string;
  /** The node it happened on. */
  readonly node: string;
  readonly peer?: string;
  /** A digest of the bytes or the text that the event was about. */
  readonly digest?: number;
  readonly detail?: TraceEvent;
}

/** A 32-bit digest of bytes. */
export const digestBytes = (bytes: Uint8Array): number => {
  const { length } = bytes;
  let digest = length | 0;
  let i = 0;
  // Four bytes a step: every frame is digested twice, so this is the hottest loop of a simulation.
  for (; i + 4 <= length; i += 4) {
    const word =
      (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    digest = Math.imul(digest ^ word, 0x9e3779b1);
    digest ^= digest >>> 15;
  }
  for (; i < length; i++) digest = Math.imul(digest ^ (bytes[i] as number), 0x01000193);
  return (digest ^ (digest >>> 15)) >>> 0;
};

/** A 32-bit digest of a text. */
export const digestText = (text: string): number => {
  let digest = text.length | 0;
  for (let i = 0; i < text.length; i++) digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193);
  return (digest ^ (digest >>> 15)) >>> 0;
};

/** A digest of a sequence, from that of the sequence before its last element and that of the element. */
export const extendDigest = (digest: number, element: number): number => {
  const mixed = Math.imul(digest ^ element, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};

/**
 * All that happened, as one running hash: two runs with the same hash went the same way. Whoever wants the events themselves
 * sets `sink`; without one, none is built.
 */
export class Trace {
  sink: ((event: WorldEvent) => void) | undefined;
  readonly #numbers = new Map<string, number>();
  #low = 0x811c9dc5 | 0;
  #high = 0x2f0b4c47;
  #events = 0;

  constructor(private readonly scheduler: VirtualScheduler) {}

  /** How many events went into the hash. */
  get events(): number {
    return this.#events;
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }

  record(event: string, node: string, peer?: string, digest?: number, detail?: TraceEvent): void {
    this.#events++;
    const { micros } = this.scheduler;
    this.#mix(micros | 0);
    this.#mix((micros / 0x1_0000_0000) | 0);
    this.#mix(this.#number(event));
    this.#mix(this.#number(node));
    if (peer !== undefined) this.#mix(this.#number(peer));
    if (digest !== undefined) this.#mix(digest | 0);
    this.sink?.({
      at: micros / 1000,
      event,
      node,
      ...(peer === undefined ? undefined : { peer }),
      ...(digest === undefined ? undefined : { digest }),
      ...(detail === undefined ? undefined : { detail }),
    });
  }

  #number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) this.#numbers.set(name, (number = digestText(name) | 0));
    return number;
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x9e3779b1);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul((this.#high ^ word) + this.#low, 0x85ebca6b);
    this.#high ^= this.#high >>> 13;
  }
}
