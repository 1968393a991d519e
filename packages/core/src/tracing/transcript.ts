import { isMessageEvent, type TracedEvent } from '../actor/tracer.js';
import type { Phrasebook } from './phrases.js';
import { type Told, tellEvent } from './wording.js';

export interface TranscriptOptions {
  /** How the protocol says things. */
  readonly phrasebook?: Phrasebook;
  /** Which events are told; those of `story` unless said. */
  readonly shows?: (event: TracedEvent) => boolean;
}

/**
 * What a reader of the paper wants to know: what nodes say to each other, what each then knows and does, and what befalls them. Left
 * out is what is within a node, what it does to its disk, when messages arrive, and what is said all the time.
 */
export const story =
  ({ routine: { messages = [], events = [] } = {} }: Phrasebook = {}) =>
  (event: TracedEvent): boolean => {
    if (!isMessageEvent(event)) return event.event !== 'disk' && !events.includes(event.event);
    const { to, message } = event as { readonly to?: { readonly node: string }; readonly message?: { readonly kind: string } };
    if (event.event !== 'drop' && (event.event !== 'send' || to?.node === event.node)) return false;
    return message === undefined || !messages.includes(message.kind);
  };

/**
 * Tells a trace as a story, a line at a time, in the style of docs/protocols.md:
 *
 *       12.350  a → b, c    accept 3.a slots 17-18 (commit 16)
 *       12.712  b           acceptor votes at 3.a for slots 17-18
 *       13.020  b → a       ▣ accepted 3.a slots 17-18
 *       14.500  b           CRASH (power cut)
 *
 * The time is in ms. `▣`: it waited for a disk. `→` is sent and `←` arrives; `✗` is lost, and the line says why. Lines of one moment
 * that say the same to several nodes, or several times, are one.
 */
export class Transcript {
  readonly #phrasebook: Phrasebook;
  readonly #shows: (event: TracedEvent) => boolean;
  #last: Told | undefined;
  /** Whom the last line speaks to. */
  #others: string[] = [];
  #times = 0;

  /** `write` is given each line, without the line break. */
  constructor(
    private readonly write: (line: string) => void,
    { phrasebook = {}, shows = story(phrasebook) }: TranscriptOptions = {},
  ) {
    this.#phrasebook = phrasebook;
    this.#shows = shows;
  }

  /** Tells of the next event. Its line may wait for the next that differs. */
  readonly tell = (event: TracedEvent): void => {
    if (!this.#shows(event)) return;
    const told = tellEvent(event, this.#phrasebook);
    if (this.#last === undefined || !isLike(told, this.#last)) {
      this.end();
      this.#last = told;
      this.#others = [told.right];
      this.#times = 1;
    } else if (this.#others.at(-1) === told.right && this.#others.length === 1) {
      this.#times++;
    } else if (!this.#others.includes(told.right) && this.#times === 1) {
      this.#others.push(told.right);
    } else {
      this.end();
      this.tell(event);
    }
  };

  /** Writes the line that waits. */
  end(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    const { at, left, arrow, what } = last;
    const who = arrow === '' ? left : `${left} ${arrow} ${this.#others.join(', ')}`;
    const times = this.#times > 1 ? ` (${this.#times} times)` : '';
    this.write(`${at.toFixed(3).padStart(TIME_COLUMN)}  ${who.padEnd(WHO_COLUMN)}  ${what}${times}`);
  }
}

const TIME_COLUMN = 10;
const WHO_COLUMN = 10;

const isLike = (a: Told, b: Told): boolean => a.at === b.at && a.left === b.left && a.arrow === b.arrow && a.what === b.what;

/** The transcript of these events. */
export const transcriptOf = (events: Iterable<TracedEvent>, options?: TranscriptOptions): readonly string[] => {
  const lines: string[] = [];
  const transcript = new Transcript((line) => lines.push(line), options);
  for (const event of events) transcript.tell(event);
  transcript.end();
  return lines;
};
