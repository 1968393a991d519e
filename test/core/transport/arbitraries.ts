import type { Message } from '@synod/core';
import fc from 'fast-check';
import { type Ballot, NO_BALLOT, type Step } from '../../../packages/core/src/consensus/ballot.js';
import type {
  AcceptorMessage,
  LeaderMessage,
  LearnerMessage,
  ProposerMessage,
} from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { acceptorWire, leaderWire, learnerWire, proposerWire } from '../../../packages/core/src/consensus/multi-paxos/wire.js';
import type { Entry, EntryType } from '../../../packages/core/src/replication/entry.js';
import type { GroupWire } from '../../../packages/core/src/transport/frame.js';

const index = fc.maxSafeNat();
const u32 = fc.nat(0xffff_ffff);
const flag = fc.boolean();
const blob = fc.uint8Array({ maxLength: 40 });
const nodeId = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
const generation = fc.stringMatching(/^[0-9a-f]{0,32}$/);
const name = fc.oneof(nodeId, fc.constant(''));

export const ballot: fc.Arbitrary<Ballot> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(NO_BALLOT) },
  { weight: 6, arbitrary: fc.record({ round: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), node: nodeId }) },
);

export const entry: fc.Arbitrary<Entry> = fc.record({
  type: fc.constantFrom<EntryType>(0, 1, 2, 3),
  time: fc.integer({ min: 0, max: 2 ** 45 }),
  session: index,
  seq: index,
  floor: index,
  origin: name,
  learner: name,
  payload: blob,
});

const entries = fc.array(entry, { maxLength: 4 });

type Kinds<In extends Message, Local extends string> = {
  readonly [K in Exclude<In['kind'], Local>]: fc.Arbitrary<Extract<In, { kind: K }>>;
};

const kind = <M extends Message>(
  word: M['kind'],
  fields: { readonly [K in Exclude<keyof M, 'kind'>]: fc.Arbitrary<M[K]> },
): fc.Arbitrary<M> => fc.record({ kind: fc.constant(word), ...fields }) as unknown as fc.Arbitrary<M>;

/** Kinds that never leave a node, and so must have no codec. */
export const LOCAL = {
  acceptor: ['resume', 'checkpointed', 'enrolTimer', 'epochTimer', 'handTimer'],
  leader: [
    'learnerState',
    'flush',
    'checkpointed',
    'electionTimer',
    'heartbeatTimer',
    'commitTimer',
    'tickTimer',
    'enrolTimer',
    'scoutTimer',
  ],
  learner: ['locate', 'chosen', 'checkpointed', 'catchUpTimer', 'reportTimer'],
  proposer: ['submit', 'retry', 'ask', 'flush', 'retryTimer'],
} as const;

const acceptor: Kinds<AcceptorMessage, (typeof LOCAL.acceptor)[number]> = {
  prepare: kind('prepare', { ballot, nonce: u32, from: index }),
  accept: kind('accept', { ballot, first: index, commit: index, truncate: index, entries }),
  heartbeat: kind('heartbeat', { ballot, round: index, commit: index, truncate: index }),
  probe: kind('probe', { nonce: u32, silence: index }),
  enrol: kind('enrol', { generation, epochs: fc.record({ first: index, nonces: fc.array(u32, { maxLength: 4 }) }) }),
  enrolled: kind('enrolled', {
    generation,
    recorded: fc.record({ epoch: index, nonce: u32 }),
    formed: fc.boolean(),
    admitted: fc.boolean(),
  }),
  catchUp: kind('catchUp', { next: index }),
};

const step: fc.Arbitrary<Step> = fc
  .tuple(ballot, fc.integer({ min: 0, max: 255 }))
  .map(([at, before]) => (at === NO_BALLOT || before === 0 ? at : { ...at, step: -before }));
const vote = fc.record({ slot: index, ballot: step, entry });

const leader: Kinds<LeaderMessage, (typeof LOCAL.leader)[number]> = {
  promise: kind('promise', {
    ballot,
    nonce: u32,
    life: u32,
    chunk: u32,
    chunks: u32,
    chosen: index,
    truncated: index,
    votes: fc.array(vote, { maxLength: 4 }),
  }),
  accepted: kind('accepted', { ballot, first: index, count: u32 }),
  nack: kind('nack', { ballot, promised: ballot }),
  truncated: kind('truncated', { ballot, below: index }),
  heard: kind('heard', { ballot, round: index, end: index }),
  probed: kind('probed', { nonce: u32, silent: flag, promised: ballot }),
  enrolled: kind('enrolled', {
    generation,
    recorded: fc.record({ epoch: index, nonce: u32 }),
    formed: fc.boolean(),
    admitted: fc.boolean(),
  }),
  request: kind('request', { origin: nodeId, session: index, seq: index, floor: index, hops: u32, learner: name, payload: blob }),
  read: kind('read', { origin: nodeId, id: index, hops: u32, queries: fc.array(blob, { maxLength: 4 }) }),
  progress: kind('progress', { applied: index, snapshot: index }),
  leading: kind('leading', { ballot, commit: index }),
};

const learner: Kinds<LearnerMessage, (typeof LOCAL.learner)[number]> = {
  decided: kind('decided', { first: index, answer: flag, entries }),
  catchUp: kind('catchUp', { next: index }),
  caughtUp: kind('caughtUp', { first: index, commit: index, entries }),
  snapshotOffer: kind('snapshotOffer', { next: index }),
  snapshotRequest: kind('snapshotRequest', { transfer: u32, fragment: index }),
  snapshotFragment: kind('snapshotFragment', {
    transfer: u32,
    cut: u32,
    next: index,
    fragment: index,
    ends: flag,
    last: flag,
    bytes: blob,
  }),
  query: kind('query', { origin: nodeId, id: index, index, queries: fc.array(blob, { maxLength: 4 }) }),
};

const proposer: Kinds<ProposerMessage, (typeof LOCAL.proposer)[number]> = {
  reply: kind('reply', {
    session: index,
    seq: index,
    status: fc.constantFrom('opened', 'executed', 'stale', 'no session', 'too many outstanding'),
    index,
    nonce: blob,
    results: blob,
  }),
  leaderIs: kind('leaderIs', { node: name }),
  readIndex: kind('readIndex', { id: index, index }),
  answers: kind('answers', { id: index, index, first: u32, outcomes: blob }),
  busy: kind('busy', { session: index, seq: index }),
};

/** Every message that goes over the wire, by the role that takes it. */
export const WIRED = { acceptor, leader, learner, proposer };
export type RoleName = keyof typeof WIRED;

export const addressed: fc.Arbitrary<{ to: RoleName; from: RoleName; message: Message }> = fc
  .constantFrom<RoleName>('acceptor', 'leader', 'learner', 'proposer')
  .chain((to) =>
    fc.record({
      to: fc.constant(to),
      from: fc.constantFrom<RoleName>('acceptor', 'leader', 'learner', 'proposer'),
      message: fc.oneof(...(Object.values(WIRED[to]) as fc.Arbitrary<Message>[])),
    }),
  );

const CODECS = { acceptor: acceptorWire, leader: leaderWire, learner: learnerWire, proposer: proposerWire };

export const groupWire = (group: string, fingerprint = 'multi-paxos/2'): GroupWire => ({
  name: group,
  fingerprint,
  roles: (['proposer', 'leader', 'acceptor', 'learner'] as const).map((role) => ({
    name: role,
    kinds: Object.entries(CODECS[role]) as unknown as GroupWire['roles'][number]['kinds'],
  })),
});
