import { group, type RegisterClient, type Rejected, register, reject } from '@synod/core';

/** What is kept under the name of an evening. */
export interface Evening {
  readonly left: number;
  readonly price: number;
}

export const tickets = group('tickets', register<Evening>());

export type Tickets = RegisterClient<Evening>;

/** A change is a function of what is there; it runs where it is called, and as often as it takes. */
export const sell =
  (count: number) =>
  (evening: Evening | undefined): Evening | Rejected => {
    if (evening === undefined) return reject('there is no such evening');
    if (evening.left < count) return reject('sold out');
    return { ...evening, left: evening.left - count };
  };
