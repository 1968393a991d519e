import { ascii, flag, index, list, message, structure, u32 } from '../../transport/fields.js';
import type { WireMessages } from '../../transport/message-codec.js';
import type { Epoch, Epochs } from './epochs.js';

/** What nodes say to each other about who may vote and who may lead, whatever the protocol; its acceptors are called `acceptor`. */

/**
 * Record that my node is of this generation and, from an acceptor, that the last of these epochs has begun. Taken by acceptors;
 * asked by acceptors and by whoever owns ballots.
 */
export interface Enrol {
  readonly kind: 'enrol';
  readonly generation: string;
  readonly epochs: Epochs;
}

/** What is on record for the asker's node: its own generation, or one that it must not replace; and the same of the last epoch of its acceptor. */
export interface Enrolled {
  readonly kind: 'enrolled';
  readonly generation: string;
  readonly recorded: Epoch;
  /** Whoever answers was formed itself, with the data that it has: it may know of what others do not. */
  readonly formed: boolean;
  /** Whoever answers may vote, with the data that it has: it is no copy that is to be refused, whose records go with it. */
  readonly admitted: boolean;
}

/** Local: who has not answered is asked again. */
export interface EnrolTimer {
  readonly kind: 'enrolTimer';
}

/** Local: what was promised and voted since the last epoch began is put behind it. */
export interface EpochTimer {
  readonly kind: 'epochTimer';
}

/** What an acceptor says of it, to others and to itself. */
export type AdmissionMessage = Enrol | Enrolled | EnrolTimer | EpochTimer;

const epoch = structure<Epoch>({ epoch: index, nonce: u32 });
const epochs = structure<Epochs>({ first: index, nonces: list(u32, 4) });

export const enrolWire: WireMessages<Enrol | Enrolled> = {
  enrol: message<Enrol>('enrol', { generation: ascii, epochs }),
  enrolled: message<Enrolled>('enrolled', { generation: ascii, recorded: epoch, formed: flag, admitted: flag }),
};
