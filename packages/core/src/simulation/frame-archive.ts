import type { TracedEvent } from '../actor/tracer.js';
import type { SeededRandom } from './seeded-random.js';

/** A frame as it was sent. */
export interface RecordedFrame {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  readonly digest: number;
  /** What is in it, if somebody listens. */
  readonly messages: readonly TracedEvent[] | undefined;
}

const MOST_FRAMES = 128;

/** A sample of all frames sent since it was begun: the oldest are as likely in it as the newest. (Vitter 1985, algorithm R) */
export class FrameArchive {
  readonly #frames: RecordedFrame[] = [];
  #offered = 0;

  constructor(private readonly random: SeededRandom) {}

  offer(frame: RecordedFrame): void {
    const place = this.#offered < MOST_FRAMES ? this.#offered : this.random.below(this.#offered + 1);
    this.#offered++;
    if (place < MOST_FRAMES) this.#frames[place] = frame;
  }

  pick(random: SeededRandom): RecordedFrame | undefined {
    return this.#frames.length === 0 ? undefined : random.pick(this.#frames);
  }
}
