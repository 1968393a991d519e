import { multiPaxosPhrases, type Phrasebook } from '@synod/core';

/** Fast Paxos in the words of the paper, for transcripts: those of Multi-Paxos, and its own. */
export const fastPaxosPhrases: Phrasebook = {
  messages: {
    ...multiPaxosPhrases.messages,
    any: 'any {ballot} from slot {from}',
    fastPropose: 'propose at {ballot} from slot {first}',
    fastAccepted: 'voted at {at} from slot {first}',
    opened: '{ballot} is open, next is slot {next}',
  },
  events: {
    ...multiPaxosPhrases.events,
    open: 'opens {ballot} to proposers from slot {from}',
    fastChoose: 'hears that a fast quorum has chosen slot {slot} at {ballot}',
    collided: (fields) => `settles slot ${fields.slot}, ${fields.forced === true ? 'where one value may be chosen' : 'where none can be'}`,
    lost: 'proposes again what lost its slot',
    fallBack: 'closes {ballot}: {reason}',
    recover: 'goes on to {at} in slot {slot}',
  },
  routine: {
    messages: [...(multiPaxosPhrases.routine?.messages ?? []), 'any', 'opened'],
    events: [...(multiPaxosPhrases.routine?.events ?? [])],
  },
};
