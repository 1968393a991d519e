import { type Entry, readEntries, readEntry, sizeOfEntries, sizeOfEntry, writeEntries, writeEntry } from '../../replication/entry.js';
import { ascii, blob, type Field, flag, index, list, message, oneOf, structure, u32 } from '../../transport/fields.js';
import type { WireMessages } from '../../transport/message-codec.js';
import { ballotField as ballot, stepField as step } from '../ballot.js';
import { type Enrol, type Enrolled, enrolWire } from '../enrolment/messages.js';
import type * as M from './messages.js';

const entry: Field<Entry> = { size: sizeOfEntry, write: writeEntry, read: readEntry };
const entries: Field<readonly Entry[]> = { size: sizeOfEntries, write: writeEntries, read: readEntries };
const votes = list(structure<M.Vote>({ slot: index, ballot: step, entry }), 51);
const blobs = list(blob, 4);

/** What each role takes from other nodes. Local messages are not here, so no frame can bring one. */
export const acceptorWire: WireMessages<M.Prepare | M.Accept | M.Heartbeat | M.Probe | Enrol | Enrolled | M.CatchUp> = {
  prepare: message<M.Prepare>('prepare', { ballot, nonce: u32, from: index }),
  accept: message<M.Accept>('accept', { ballot, first: index, commit: index, truncate: index, entries }),
  heartbeat: message<M.Heartbeat>('heartbeat', { ballot, round: index, commit: index, truncate: index }),
  probe: message<M.Probe>('probe', { nonce: u32, silence: index }),
  ...enrolWire,
  catchUp: message<M.CatchUp>('catchUp', { next: index }),
};

export const leaderWire: WireMessages<
  M.Promise1b | M.Accepted | M.Nack | M.Truncated | M.Heard | M.Probed | Enrolled | M.Request | M.Read | M.Progress | M.Leading
> = {
  promise: message<M.Promise1b>('promise', {
    ballot,
    nonce: u32,
    life: u32,
    chunk: u32,
    chunks: u32,
    chosen: index,
    truncated: index,
    votes,
  }),
  accepted: message<M.Accepted>('accepted', { ballot, first: index, count: u32 }),
  nack: message<M.Nack>('nack', { ballot, promised: ballot }),
  truncated: message<M.Truncated>('truncated', { ballot, below: index }),
  heard: message<M.Heard>('heard', { ballot, round: index, end: index }),
  probed: message<M.Probed>('probed', { nonce: u32, silent: flag, promised: ballot }),
  enrolled: enrolWire.enrolled,
  request: message<M.Request>('request', {
    origin: ascii,
    session: index,
    seq: index,
    floor: index,
    hops: u32,
    learner: ascii,
    payload: blob,
  }),
  read: message<M.Read>('read', { origin: ascii, id: index, hops: u32, queries: blobs }),
  progress: message<M.Progress>('progress', { applied: index, snapshot: index }),
  leading: message<M.Leading>('leading', { ballot, commit: index }),
};

export const learnerWire: WireMessages<
  M.Decided | M.CatchUp | M.CaughtUp | M.SnapshotOffer | M.SnapshotRequest | M.SnapshotFragment | M.Query
> = {
  decided: message<M.Decided>('decided', { first: index, answer: flag, entries }),
  catchUp: message<M.CatchUp>('catchUp', { next: index }),
  caughtUp: message<M.CaughtUp>('caughtUp', { first: index, commit: index, entries }),
  snapshotOffer: message<M.SnapshotOffer>('snapshotOffer', { next: index }),
  snapshotRequest: message<M.SnapshotRequest>('snapshotRequest', { transfer: u32, fragment: index }),
  snapshotFragment: message<M.SnapshotFragment>('snapshotFragment', {
    transfer: u32,
    cut: u32,
    next: index,
    fragment: index,
    ends: flag,
    last: flag,
    bytes: blob,
  }),
  query: message<M.Query>('query', { origin: ascii, id: index, index, queries: blobs }),
};

export const proposerWire: WireMessages<M.Reply | M.LeaderIs | M.ReadIndex | M.Answers | M.Busy> = {
  reply: message<M.Reply>('reply', {
    session: index,
    seq: index,
    status: oneOf('opened', 'executed', 'stale', 'no session', 'too many outstanding'),
    index,
    nonce: blob,
    results: blob,
  }),
  leaderIs: message<M.LeaderIs>('leaderIs', { node: ascii }),
  readIndex: message<M.ReadIndex>('readIndex', { id: index, index }),
  answers: message<M.Answers>('answers', { id: index, index, first: u32, outcomes: blob }),
  busy: message<M.Busy>('busy', { session: index, seq: index }),
};
