import { type Fields, type Phrasebook, say } from '../../tracing/phrases.js';
import type { Ballot } from '../ballot.js';
import { decodeState, type RegisterState } from './state.js';

const tellState = ({ state }: Fields): string => {
  const { version, value }: RegisterState = decodeState(state as Uint8Array);
  if (version === 0) return 'nothing';
  return `version ${version}${value === undefined ? ', a tombstone' : ''}`;
};

const andNext = ({ next }: Fields): string => ((next as Ballot).round === 0 ? '' : `, next ${say(next)}`);

/** Registers in the words of the paper, for transcripts. `⊥` is no ballot. */
export const registerPhrases: Phrasebook = {
  messages: {
    prepare: 'prepare {ballot} for {key}',
    promise: (fields) => `promise ${say(fields.ballot)} for ${fields.key}: voted at ${say(fields.accepted)} for ${tellState(fields)}`,
    accept: (fields) => `accept ${say(fields.ballot)} for ${fields.key}: ${tellState(fields)}${andNext(fields)}`,
    accepted: (fields) => `accepted ${say(fields.ballot)} for ${fields.key}${andNext(fields)}`,
    nack: 'nack {ballot} for {key}: promised {promised}',
    outdated: 'outdated: you are {age}',
    survey: 'which rounds are promised?',
    surveyed: 'promised up to round {round}',
    forget: 'forget {key}, whose tombstone has {ballot}',
    forgotten: 'forgot {key}, and am {age}',
    erase: 'erase {key} if it is the tombstone of {ballot}',
    erased: ({ key, gone }) => (gone ? `nothing is left of ${key}` : `something is left of ${key}`),
    request: 'request {id}: {change} of {key}',
    reply: 'reply to {id}: {status}',
  },
  events: {
    promise: 'promises {ballot} for {key}',
    vote: (fields) => `votes at ${say(fields.ballot)} for ${fields.key}: ${tellState(fields)}${andNext(fields)}`,
    propose: (fields) => `proposes ${fields.key} at ${say(fields.ballot)}: ${tellState(fields)}, made of version ${fields.from}`,
    choose: (fields) => `knows that ${fields.key} is chosen at ${say(fields.ballot)}: ${tellState(fields)}`,
    erase: 'erases {key}, the tombstone of {ballot}',
    fence: 'forgets what it knew of {key}, whose tombstone has {ballot}',
    ignore: 'ignores {message}: {reason}',
  },
};
