import type { TracedEvent } from '../actor/tracer.js';

/**
 * Which messages a frame carries, so that the loss of a frame can be told as the loss of messages. The network sees bytes, but a
 * node traces what it sends, and then hands the frame over. Of what is more than one frame at once, the first has all.
 */
export class FrameContents {
  readonly #unframed = new Map<string, TracedEvent[]>();

  /** A node traced this. */
  heard(event: TracedEvent): void {
    if (event.event !== 'send') return;
    const { node } = event.to as { readonly node: string };
    if (node === event.node) return;
    const link = linkOf(event.node, node);
    const sends = this.#unframed.get(link);
    if (sends === undefined) this.#unframed.set(link, [event]);
    else sends.push(event);
  }

  /** What goes with the frame that is being handed over. */
  take(from: string, to: string): readonly TracedEvent[] {
    const link = linkOf(from, to);
    const sends = this.#unframed.get(link) ?? [];
    this.#unframed.delete(link);
    return sends;
  }

  /** What `from` did not hand over, it never will. */
  forget(from: string): void {
    for (const link of this.#unframed.keys()) if (link.startsWith(linkOf(from, ''))) this.#unframed.delete(link);
  }
}

const linkOf = (from: string, to: string): string => `${from} ${to}`;
