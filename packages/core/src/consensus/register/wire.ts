import { ascii, blob, type Field, flag, index, list, message, oneOf, structure, u32 } from '../../transport/fields.js';
import type { WireMessages } from '../../transport/message-codec.js';
import { ballotField as ballot } from '../ballot.js';
import { type Enrol, type Enrolled, enrolWire } from '../enrolment/messages.js';
import type * as M from './messages.js';
import { readText, sizeOfText, writeText } from './text.js';

const text: Field<string> = { size: sizeOfText, write: (value, writer) => writeText(value, writer), read: readText };
const ages = list(structure<M.ProposerAge>({ node: ascii, age: index }), 9);

/** What each role takes from other nodes. Local messages are not here, so no frame can bring one. */
export const acceptorWire: WireMessages<M.Prepare | M.Accept | M.Survey | M.Erase | Enrol | Enrolled> = {
  prepare: message<M.Prepare>('prepare', { key: text, ballot, nonce: u32, age: index }),
  accept: message<M.Accept>('accept', { key: text, ballot, nonce: u32, age: index, next: ballot, state: blob }),
  survey: message<M.Survey>('survey', { nonce: u32 }),
  erase: message<M.Erase>('erase', { key: text, ballot, ages }),
  ...enrolWire,
};

export const proposerWire: WireMessages<
  M.Promised | M.Accepted | M.Nack | M.Outdated | M.Surveyed | M.Forget | M.Forgotten | M.Erased | M.Request
> = {
  promise: message<M.Promised>('promise', { key: text, ballot, nonce: u32, accepted: ballot, state: blob }),
  accepted: message<M.Accepted>('accepted', { key: text, ballot, nonce: u32, next: ballot }),
  nack: message<M.Nack>('nack', { key: text, ballot, nonce: u32, promised: ballot }),
  outdated: message<M.Outdated>('outdated', { age: index }),
  surveyed: message<M.Surveyed>('surveyed', { nonce: u32, round: index, age: index }),
  forget: message<M.Forget>('forget', { key: text, ballot }),
  forgotten: message<M.Forgotten>('forgotten', { key: text, ballot, age: index }),
  erased: message<M.Erased>('erased', { key: text, ballot, gone: flag }),
  request: message<M.Request>('request', {
    caller: u32,
    id: index,
    floor: index,
    life: u32,
    patience: index,
    key: text,
    change: text,
    query: text,
    argument: blob,
  }),
};

export const callerWire: WireMessages<M.Reply> = {
  reply: message<M.Reply>('reply', {
    caller: u32,
    id: index,
    life: u32,
    status: oneOf('done', 'rejected', 'refused', 'unknown', 'other life'),
    result: blob,
  }),
};
