import { fields, type WireMessages } from '@synod/core';
import {
  type Ballot,
  type Enrol,
  type Enrolled,
  enrolWire,
  readBallot,
  readStep,
  type Step,
  sizeOfBallot,
  sizeOfStep,
  writeBallot,
  writeStep,
} from '@synod/core/consensus';
import type { Ask, Chosen, LeaderIs, Nack, Prepare, Probe, Probed, Request } from '@synod/core/synod';
import type * as M from './messages.js';

const { ascii, blob, flag, message, u32 } = fields;

const ballot: fields.Field<Ballot> = { size: sizeOfBallot, write: writeBallot, read: readBallot };
const step: fields.Field<Step> = { size: sizeOfStep, write: writeStep, read: readStep };

const accepted = message<M.Accepted>('accepted', { ballot: step, value: blob });

/** What each role takes from other nodes. Local messages are not here, so no frame can bring one. */
export const acceptorWire: WireMessages<Prepare | M.Accept | M.Any | M.Proposal | M.Accepted | Ask | Probe | Enrol | Enrolled> = {
  prepare: message<Prepare>('prepare', { ballot, nonce: u32 }),
  accept: message<M.Accept>('accept', { ballot, value: blob }),
  any: message<M.Any>('any', { ballot }),
  proposal: message<M.Proposal>('proposal', { value: blob }),
  accepted,
  ask: message<Ask>('ask', {}),
  probe: message<Probe>('probe', { nonce: u32 }),
  ...enrolWire,
};

export const coordinatorWire: WireMessages<M.Promise1b | M.Accepted | Nack | Probed | Request | Enrolled> = {
  promise: message<M.Promise1b>('promise', { ballot, nonce: u32, voted: step, value: blob }),
  accepted,
  nack: message<Nack>('nack', { ballot, promised: ballot }),
  probed: message<Probed>('probed', { nonce: u32, promised: ballot }),
  request: message<Request>('request', { origin: ascii, proposes: flag, value: blob }),
  enrolled: enrolWire.enrolled,
};

export const learnerWire: WireMessages<M.Accepted | Chosen> = { accepted, chosen: message<Chosen>('chosen', { value: blob }) };

export const proposerWire: WireMessages<LeaderIs> = { leaderIs: message<LeaderIs>('leaderIs', { node: ascii }) };
