import type { Message } from '../actor/envelope.js';
import type { ByteReader, ByteWriter } from './bytes.js';

/** How one kind of message becomes bytes. Written by hand: size it, write it, read it. */
export interface MessageCodec<M extends Message = Message> {
  /** The exact number of bytes that `write` writes. */
  size(message: M): number;
  write(message: M, writer: ByteWriter): void;
  /** Throws `MalformedError` on what no honest node sends. */
  read(reader: ByteReader): M;
}

/** The messages that a role takes from other nodes, by kind. Their order is the wire format: only ever append. */
export type WireMessages<In extends Message = Message> = {
  readonly [Kind in In['kind']]: MessageCodec<Extract<In, { readonly kind: Kind }>>;
};
