import type { TracedEvent } from '../actor/tracer.js';
import { digestText } from '../transport/digest.js';
import { FrameContents } from './frame-contents.js';
import type { VirtualScheduler } from './virtual-scheduler.js';

/**
 * All that happened, as one running hash: two runs with the same hash went the same way. Whoever wants the events themselves
 * sets `sink`, before the world boots: then the nodes tell every message too. Without one no event is built; the hash is the same.
 *
 * Besides what nodes trace there are `boot`, `crash`, `pause`, `cut`, `mend`, `drop` (of what the network lost), `fault begun`, `fault
 * ended`, `replay`, `clock rate`, `damage` and `wipe` of a disk, `invoke`, `answer`, `failure`, and `disk`: what is done to one.
 */
export class Trace {
  sink: ((event: TracedEvent) => void) | undefined;
  readonly #contents = new FrameContents();
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

  /** Something happened, and is told. `word` and `digest` are what the hash sees of it, besides its name and where and when. */
  record(event: string, node: string, word?: string, digest?: number, detail?: object): void {
    this.mix(event, node, word, digest);
    if (this.sink !== undefined) this.tell(event, node, detail);
  }

  /** Something happened that is told in another way, or not at all. */
  mix(event: string, node: string, word?: string, digest?: number): void {
    this.#events++;
    const { micros } = this.scheduler;
    this.#mix(micros | 0);
    this.#mix((micros / 0x1_0000_0000) | 0);
    this.#mix(this.#number(event));
    this.#mix(this.#number(node));
    if (word !== undefined) this.#mix(this.#number(word));
    if (digest !== undefined) this.#mix(digest | 0);
  }

  /** Something that follows from what the hash has seen. To be called only where there is a sink. */
  tell(event: string, node: string, detail?: object): void {
    this.sink?.({ ...detail, at: this.scheduler.micros / 1000, node, event });
  }

  /** A node told of a message or a record on its way. */
  heard(event: TracedEvent): void {
    if (this.sink === undefined) return;
    this.#contents.heard(event);
    this.tell(event.event, event.node, event);
  }

  /** A node died: what it told that it sends, and did not hand to the network, it never will. */
  died(node: string): void {
    if (this.sink !== undefined) this.#contents.forget(node);
  }

  /** The messages in the frame that `from` is handing to the network; undefined if nobody listens. */
  frame(from: string, to: string): readonly TracedEvent[] | undefined {
    return this.sink && this.#contents.take(from, to);
  }

  /** The network lost a frame with these messages, or with what nobody told. */
  lost(from: string, to: string, messages: readonly TracedEvent[] | undefined, reason: string): void {
    if (this.sink === undefined) return;
    if (messages === undefined || messages.length === 0) this.tell('drop', from, { to: { node: to }, reason });
    else for (const { group, role, to, message } of messages) this.tell('drop', from, { group, role, to, message, reason });
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
