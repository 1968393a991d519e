import type { Address } from './address.js';

/** What actors say to each other: a union discriminated on `kind`. Immutable once emitted. */
export interface Message {
  readonly kind: string;
}

export interface Envelope<M extends Message = Message> {
  readonly from: Address;
  readonly to: Address;
  readonly message: M;
}
