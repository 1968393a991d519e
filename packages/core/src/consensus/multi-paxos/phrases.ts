import { type Entry, EntryType } from '../../replication/entry.js';
import { type Fields, type Phrasebook, say, slots } from '../../tracing/phrases.js';
import { type Epoch, type Epochs, lastOf } from '../enrolment/epochs.js';
import type { Promise1b, Vote } from './messages.js';

/** So many entries are told one by one. */
const MOST_ENTRIES = 3;

const tellEntry = ({ type, session, seq }: Entry): string => {
  if (type === EntryType.Noop) return 'no-op';
  if (type === EntryType.Tick) return 'tick';
  return type === EntryType.Open ? 'a session opens' : `batch ${seq} of session ${session}`;
};

/** The slots and what is in them, if it is little. */
const tellSlots = (fields: Fields): string => {
  const { entries } = fields as { readonly entries?: readonly Entry[] };
  if (entries?.length === 0) return 'nothing';
  if (entries === undefined || entries.length > MOST_ENTRIES) return slots(fields);
  return `${slots(fields)} = ${entries.map(tellEntry).join(', ')}`;
};

const tellVotes = (votes: readonly Vote[]): string => {
  if (votes.length === 0) return 'no vote';
  if (votes.length > MOST_ENTRIES) return `${votes.length} votes`;
  return `voted ${votes.map(({ slot, ballot, entry }) => `at ${say(ballot)} for slot ${slot} = ${tellEntry(entry)}`).join(', ')}`;
};

const tellBatch = ({ session, seq }: Fields): string => (seq === 0 ? 'a session' : `batch ${seq} of session ${session}`);

/** Multi-Paxos in the words of the papers, for transcripts. `⊥` is no ballot. */
export const multiPaxosPhrases: Phrasebook = {
  messages: {
    prepare: 'prepare {ballot} from slot {from}',
    promise: (fields) => {
      const { ballot, votes, chosen, chunks, chunk } = fields as unknown as Promise1b;
      const piece = chunks > 1 ? `, piece ${chunk + 1} of ${chunks}` : '';
      return `promise ${say(ballot)}: ${tellVotes(votes)} (chosen below ${chosen}${piece})`;
    },
    accept: (fields) => `accept ${say(fields.ballot)} ${tellSlots(fields)} (commit ${fields.commit})`,
    accepted: (fields) => `accepted ${say(fields.ballot)} ${slots(fields)}`,
    nack: 'nack {ballot}: promised {promised}',
    probe: 'probe: no leader for {silence} ms?',
    probed: ({ silent }) => `probed: ${silent ? 'no leader' : 'a leader lives'}`,
    enrol: ({ epochs }) => {
      const { epoch } = lastOf(epochs as Epochs);
      return epoch === 0 ? 'enrol me' : `enrol me in epoch ${epoch}`;
    },
    enrolled: ({ recorded }) => {
      const { epoch } = recorded as Epoch;
      return epoch === 0 ? 'enrolled' : `enrolled in epoch ${epoch}`;
    },
    truncated: 'truncated below {below}',
    decided: (fields) => `decided ${tellSlots(fields)}`,
    catchUp: 'catch me up from slot {next}',
    caughtUp: (fields) => `caught up: ${tellSlots(fields)}`,
    snapshotOffer: 'there is a snapshot of all below {next}',
    snapshotRequest: 'send fragment {fragment} of the snapshot',
    snapshotFragment: 'fragment {fragment} of the snapshot of all below {next}',
    request: (fields) => `request: ${tellBatch(fields)}`,
    reply: (fields) => `reply: ${tellBatch(fields)} ${fields.status}`,
    busy: (fields) => `busy: ${tellBatch(fields)}`,
    leaderIs: ({ node }) => (node === '' ? 'nobody leads' : `the leader is ${node}`),
    read: (fields) => `read ${fields.id}: from which index?`,
    readIndex: 'read {id}: from index {index}',
    answers: 'answers to read {id}, at index {index}',
  },
  events: {
    stand: 'stands with {ballot} from slot {from}',
    preempted: 'is preempted: {ballot} by {by}',
    lead: 'leads with {ballot} from slot {from}: {adopted} adopted, {gaps} gaps',
    propose: (fields) => `proposes ${tellSlots(fields)} at ${say(fields.ballot)}`,
    choose: (fields) => `knows that ${tellSlots(fields)} is chosen at ${say(fields.ballot)}`,
    promise: 'promises {ballot}',
    vote: (fields) => `votes at ${say(fields.ballot)} for ${tellSlots(fields)}`,
    truncate: 'forgets all below slot {below}',
    apply: (fields) => `executes slot ${fields.slot} = ${tellEntry(fields.entry as Entry)}${fields.repeated === true ? ', again' : ''}`,
    snapshot: 'begins a snapshot of all below slot {next}',
    snapshotted: 'has a durable snapshot of all below slot {next}',
    install: 'takes over a snapshot of all below slot {next}',
    request: (fields) => `asks for ${tellBatch(fields)}`,
    evicted: 'hears that session {session} is gone',
    ignore: 'ignores {message}: {reason}',
  },
  // What is proposed is in the Accepts.
  routine: { messages: ['heartbeat', 'heard', 'leading', 'progress'], events: ['propose'] },
};
