import type { Envelope } from '../actor/envelope.js';
import type { Outbox } from '../actor/system.js';
import type { FrameCodec } from '../transport/frame.js';
import type { Transport } from '../transport/transport.js';

/** Gathers what a turn has to say to other nodes, and hands it to the transport: one frame a peer. */
export class FrameOutbox implements Outbox {
  readonly #peers = new Map<string, Envelope[]>();

  /** `dropped` hears what was in frames that the transport did not take, `tooLarge` of messages that fit into none. */
  constructor(
    private readonly transport: Transport,
    private readonly codec: FrameCodec,
    private readonly dropped: (parts: readonly { readonly envelope: Envelope }[]) => void,
    private readonly tooLarge: (envelope: Envelope) => void,
  ) {}

  push(envelope: Envelope): void {
    const { node } = envelope.to;
    const waiting = this.#peers.get(node);
    if (waiting === undefined) this.#peers.set(node, [envelope]);
    else waiting.push(envelope);
  }

  flush(): void {
    const { maxFrameBytes } = this.transport.capabilities;
    for (const [node, envelopes] of this.#peers) {
      const send = (frame: Uint8Array, parts: readonly { readonly envelope: Envelope }[]): void => {
        if (!this.transport.send(node, frame)) this.dropped(parts);
      };
      this.codec.encode(node, envelopes, maxFrameBytes, send, this.tooLarge);
    }
    this.#peers.clear();
  }
}
