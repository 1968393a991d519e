import { ascii, blob, flag, message, u32 } from '../../transport/fields.js';
import type { WireMessages } from '../../transport/message-codec.js';
import { ballotField as ballot } from '../ballot.js';
import { type Enrol, type Enrolled, enrolWire } from '../enrolment/messages.js';
import type * as M from './messages.js';

const accepted = message<M.Accepted>('accepted', { ballot, value: blob });

/** What each role takes from other nodes. Local messages are not here, so no frame can bring one. */
export const acceptorWire: WireMessages<M.Prepare | M.Accept | M.Ask | M.Probe | Enrol | Enrolled> = {
  prepare: message<M.Prepare>('prepare', { ballot, nonce: u32 }),
  accept: message<M.Accept>('accept', { ballot, value: blob }),
  ask: message<M.Ask>('ask', {}),
  probe: message<M.Probe>('probe', { nonce: u32 }),
  ...enrolWire,
};

export const proposerWire: WireMessages<M.Promise1b | M.Accepted | M.Nack | M.Probed | M.Request | Enrolled> = {
  promise: message<M.Promise1b>('promise', { ballot, nonce: u32, voted: ballot, value: blob }),
  accepted,
  nack: message<M.Nack>('nack', { ballot, promised: ballot }),
  probed: message<M.Probed>('probed', { nonce: u32, promised: ballot }),
  request: message<M.Request>('request', { origin: ascii, proposes: flag, value: blob }),
  enrolled: enrolWire.enrolled,
};

export const learnerWire: WireMessages<M.Accepted | M.Chosen | M.LeaderIs> = {
  accepted,
  chosen: message<M.Chosen>('chosen', { value: blob }),
  leaderIs: message<M.LeaderIs>('leaderIs', { node: ascii }),
};
