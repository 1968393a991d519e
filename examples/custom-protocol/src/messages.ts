import { fields, type WireMessages } from '@synod/core';
import {
  type AdmissionMessage,
  type Ballot,
  ballotField,
  type Checkpointed,
  type Enrol,
  type Enrolled,
  enrolWire,
} from '@synod/core/consensus';
import type { Call, Outcome } from './call.js';

/** Puts writes in order: a counter, and a name that no other life of any node has. Compared as ballots are. */
export type Tag = Ballot;

/** A value and the tag under which it was written; `NO_BALLOT` and no bytes where nothing was. */
export interface Tagged {
  readonly tag: Tag;
  readonly value: Uint8Array;
}

/** To acceptors: what do you hold? `operation` names who asks: its life and a number. */
export interface Query {
  readonly kind: 'query';
  readonly operation: string;
}

/** To acceptors: hold this, unless what you hold is newer. */
export interface Store extends Tagged {
  readonly kind: 'store';
  readonly operation: string;
}

/** To a coordinator: this is what I hold. */
export interface Held extends Tagged {
  readonly kind: 'held';
  readonly operation: string;
}

/** To a coordinator: I hold that, or something newer. */
export interface Stored {
  readonly kind: 'stored';
  readonly operation: string;
}

/** Local, from the client: a caller wants something. */
export interface Ask {
  readonly kind: 'ask';
  readonly call: Call;
}

/** Local: who has not answered is asked again; the caller's time is up. */
export interface Timer {
  readonly kind: 'again' | 'tooLate';
  readonly operation: string;
}

/** Local, to the client: what became of it. */
export interface Settled {
  readonly kind: 'settled';
  readonly call: Call;
  readonly outcome: Outcome;
}

export type AcceptorMessage = Query | Store | AdmissionMessage | Checkpointed;
export type CoordinatorMessage = Held | Stored | Ask | Timer;
export type RegisterMessage = AcceptorMessage | CoordinatorMessage | Settled;

const tagged = { tag: ballotField, value: fields.blob };
const operation = fields.ascii;

/** What each role takes from other nodes. Local messages are not here, so no frame can bring one. */
export const acceptorWire: WireMessages<Query | Store | Enrol | Enrolled> = {
  query: fields.message<Query>('query', { operation }),
  store: fields.message<Store>('store', { operation, ...tagged }),
  ...enrolWire,
};

export const coordinatorWire: WireMessages<Held | Stored> = {
  held: fields.message<Held>('held', { operation, ...tagged }),
  stored: fields.message<Stored>('stored', { operation }),
};

/** The same two fields in a record. */
export const taggedField: fields.Field<Tagged> = fields.structure<Tagged>(tagged);
