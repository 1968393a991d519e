import { fields, type WireMessages } from '@synod/core';
import { stepField as at, ballotField as ballot, type Entry, readEntries, sizeOfEntries, writeEntries } from '@synod/core/consensus';
import {
  acceptorWire as classicAcceptorWire,
  leaderWire as classicLeaderWire,
  learnerWire as classicLearnerWire,
  proposerWire as classicProposerWire,
} from '@synod/core/multi-paxos';
import type { Any, FastAccepted, FastPropose, Opened } from './messages.js';

const { index, message } = fields;

const entries: fields.Field<readonly Entry[]> = { size: sizeOfEntries, write: writeEntries, read: readEntries };

const fastPropose = message<FastPropose>('fastPropose', { ballot, first: index, entries });
const fastAccepted = message<FastAccepted>('fastAccepted', { at, first: index, entries });

const fast = {
  acceptor: { any: message<Any>('any', { ballot, from: index }), fastPropose, fastAccepted } satisfies WireMessages<
    Any | FastPropose | FastAccepted
  >,
  leader: { fastPropose, fastAccepted } satisfies WireMessages<FastPropose | FastAccepted>,
  learner: { fastAccepted } satisfies WireMessages<FastAccepted>,
  proposer: { opened: message<Opened>('opened', { ballot, next: index, commit: index, time: index }) } satisfies WireMessages<Opened>,
};

/** What each role takes from other nodes: as in Multi-Paxos, and what is Fast Paxos's own. */
export const wire = {
  proposer: { ...classicProposerWire, ...fast.proposer },
  leader: { ...classicLeaderWire, ...fast.leader },
  acceptor: { ...classicAcceptorWire, ...fast.acceptor },
  learner: { ...classicLearnerWire, ...fast.learner },
};
