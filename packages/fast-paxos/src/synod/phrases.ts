import { type Phrasebook, synodPhrases } from '@synod/core';
import { tellValue } from '@synod/core/synod';

/** Single-decree Fast Paxos in the words of the papers, for transcripts. `3.a-1` is the fast step before the classic one of ballot `3.a`. */
export const fastSynodPhrases: Phrasebook = {
  messages: {
    ...synodPhrases.messages,
    any: 'any value at {ballot}',
    proposal: (fields) => `proposal: ${tellValue(fields.value)}`,
  },
  events: { ...synodPhrases.events, open: 'opens {ballot} to whatever is proposed' },
  routine: { messages: ['ask', 'seek'], events: ['propose'] },
};
