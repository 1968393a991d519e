import type { Entry } from '../../replication/entry.js';
import { type Fields, type Phrasebook, say } from '../../tracing/phrases.js';
import { digestBytes } from '../../transport/digest.js';
import { type Ballot, NO_BALLOT, sameBallot } from '../ballot.js';
import { type Epoch, type Epochs, lastOf } from '../enrolment/epochs.js';

/** Values are opaque: what tells them apart is a digest. */
export const tellValue = (value: unknown): string => `value #${(digestBytes(value as Uint8Array) >>> 0).toString(16)}`;

const tellEntry = ({ entry, entries }: Fields): string => tellValue(((entry ?? (entries as readonly Entry[])[0]) as Entry).payload);

/** The Synod in the words of the papers, for transcripts. `⊥` is no ballot. */
export const synodPhrases: Phrasebook = {
  messages: {
    prepare: 'prepare {ballot}',
    promise: ({ ballot, voted, value }) =>
      `promise ${say(ballot)}: ${sameBallot(voted as Ballot, NO_BALLOT) ? 'no vote' : `voted at ${say(voted)} for ${tellValue(value)}`}`,
    accept: ({ ballot, value }) => `accept ${say(ballot)} ${tellValue(value)}`,
    accepted: ({ ballot, value }) => `accepted ${say(ballot)} ${tellValue(value)}`,
    nack: 'nack {ballot}: promised {promised}',
    ask: 'what did you vote for?',
    probe: 'what have you promised?',
    probed: 'promised {promised}',
    request: ({ proposes, value }) => (proposes === true ? `request: propose ${tellValue(value)}` : 'request: finish what was voted for'),
    chosen: ({ value }) => `${tellValue(value)} is chosen`,
    leaderIs: '{node} has a higher ballot',
    enrol: ({ epochs }) => {
      const { epoch } = lastOf(epochs as Epochs);
      return epoch === 0 ? 'enrol me' : `enrol me in epoch ${epoch}`;
    },
    enrolled: ({ recorded }) => {
      const { epoch } = recorded as Epoch;
      return epoch === 0 ? 'enrolled' : `enrolled in epoch ${epoch}`;
    },
  },
  events: {
    request: ({ payload }) => `wants ${tellValue(payload)}`,
    stand: 'begins ballot {ballot}',
    preempted: 'is preempted: {ballot} by {by}',
    lead: ({ ballot, adopted }) => `may propose at ${say(ballot)}: ${adopted === 0 ? 'what it wants' : 'what was voted for'}`,
    propose: (fields) => `proposes ${tellEntry(fields)} at ${say(fields.ballot)}`,
    promise: 'promises {ballot}',
    vote: (fields) => `votes at ${say(fields.ballot)} for ${tellEntry(fields)}`,
    choose: (fields) => `knows that ${tellEntry(fields)} is chosen at ${say(fields.ballot)}`,
    apply: (fields) => `learns ${tellEntry(fields)}`,
    ignore: 'ignores {message}: {reason}',
  },
  // What is proposed is in the Accepts.
  routine: { messages: ['ask'], events: ['propose'] },
};
