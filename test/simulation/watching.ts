import { AddressBook, type Message } from '@synod/core';
import { type Invariant, multiPaxosInvariants } from '@synod/core/simulation';
import type { Ballot } from '../../packages/core/src/consensus/ballot.js';
import { noAdmission } from '../../packages/core/src/consensus/enrolment/admission-log.js';
import { acceptorCheckpoint, promiseRecord, votesRecord } from '../../packages/core/src/consensus/multi-paxos/acceptor-log.js';
import type { MultiPaxosSettings } from '../../packages/core/src/consensus/multi-paxos/options.js';
import { VotedLog } from '../../packages/core/src/consensus/multi-paxos/voted-log.js';
import type { ConsensusEvent } from '../../packages/core/src/consensus/trace-events.js';
import { type Entry, EntryType, emptyEntry } from '../../packages/core/src/replication/entry.js';
import { topology } from '../../packages/core/src/wiring/topology.js';

const book = new AddressBook(['a', 'b', 'c']);

/** `12.b` */
export const ballot = (text: string): Ballot => ({ round: Number.parseInt(text, 10), node: text.slice(-1) });

/** A batch that says `value`, one letter. */
export const batch = (value: string, session = 1): Entry => ({
  ...emptyEntry(EntryType.Noop, 1),
  type: EntryType.Batch,
  session,
  seq: value.charCodeAt(0),
  origin: 'a',
  payload: new TextEncoder().encode(value),
});

export const batches = (values: string): readonly Entry[] => [...values].map((value) => batch(value));

/** The invariant of three nodes that has this name. */
export const invariantOf = (name: string, settings: MultiPaxosSettings = {}): Invariant => {
  const everything = topology({ a: ['*'], b: ['*'], c: ['*'] });
  const found = multiPaxosInvariants({ topology: everything, settings }).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no invariant ${name}`);
  return found;
};

/** An invariant, and what it is shown of nodes a, b and c. Values are letters: one a slot. */
export const watching = (invariant: Invariant | string, settings: MultiPaxosSettings = {}) => {
  const violations: string[] = [];
  const watched = typeof invariant === 'string' ? invariantOf(invariant, settings) : invariant;
  const observer = watched.watch((violation) => violations.push(violation));
  const trace = (node: string, event: ConsensusEvent): void => observer.traced?.(node, event);
  /** The leader of node a hears `message` from the acceptor of `node`. */
  const hear = (node: string, message: object): void =>
    observer.received?.({ from: book.of(node, 'list', 'acceptor'), to: book.of('a', 'list', 'leader'), message: message as Message });
  let life = 1;
  return {
    violations,
    observer,
    trace,
    stand: (node: string, at: string) => trace(node, { event: 'stand', ballot: ballot(at), from: 0 }),
    lead: (node: string, at: string, from = 0, end = from) =>
      trace(node, { event: 'lead', ballot: ballot(at), from, end, adopted: 0, gaps: 0 }),
    propose: (node: string, at: string, first: number, values: string, commit = 0) =>
      trace(node, { event: 'propose', ballot: ballot(at), first, entries: batches(values), commit }),
    promise: (node: string, at: string) => trace(node, { event: 'promise', ballot: ballot(at) }),
    vote: (node: string, at: string, first: number, values: string) =>
      trace(node, { event: 'vote', ballot: ballot(at), first, entries: batches(values) }),
    choose: (node: string, at: string, first: number, values: string) =>
      trace(node, { event: 'choose', ballot: ballot(at), first, entries: batches(values) }),
    apply: (node: string, slot: number, value: string) => trace(node, { event: 'apply', slot, entry: batch(value), repeated: false }),
    truncate: (node: string, below: number) => trace(node, { event: 'truncate', below }),
    snapshotted: (node: string, next: number) => trace(node, { event: 'snapshotted', next }),
    promised: (node: string, at: string) => hear(node, { kind: 'promise', ballot: ballot(at) }),
    confirmed: (node: string, at: string) => hear(node, { kind: 'heard', ballot: ballot(at), round: 1 }),
    accepted: (node: string, at: string, first: number, count = 1) => hear(node, { kind: 'accepted', ballot: ballot(at), first, count }),
    wipe: (node: string) => observer.wiped?.(node),
    converge: () => observer.converged?.(),
    /** `node` begins again with these records of its acceptor. */
    restart: (node: string, ...records: Uint8Array[]) => {
      observer.booted?.(node, ++life);
      observer.recovered?.(book.of(node, 'list', 'acceptor'), { records });
    },
    /** The learner of `node` begins again, with a snapshot or without. */
    beginLearner: (node: string, snapshot?: string) =>
      observer.recovered?.(book.of(node, 'list', 'learner'), {
        ...(snapshot !== undefined && { checkpoint: [new TextEncoder().encode(snapshot)] }),
        records: [],
      }),
  };
};

export const promiseOf = (at: string): Uint8Array => promiseRecord(ballot(at));

export const voteOf = (at: string, first: number, values: string): Uint8Array => votesRecord(ballot(at), first, batches(values), 0);

/** What an acceptor that promised `at` keeps of slots below `below`, which it has truncated. */
export const forgottenBelow = (at: string, below: number): readonly Uint8Array[] => {
  const log = new VotedLog();
  log.learnCommit(ballot(at), below);
  log.truncate(below);
  return [...acceptorCheckpoint({ promised: ballot(at), log, admission: { ...noAdmission(), formed: true } })];
};
