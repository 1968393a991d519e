import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - That a candidate is formed: its round is above the promises of a quorum, which it asks for before it stands.
 * - MOST_EPOCHS, `onlyLast`, `met`, the pauses between questions: they save memory and time.
 * - That no start pushes an epoch out: no history has a thousand starts; test/core has that.
 */

const admission = 'packages/core/src/consensus/enrolment/admission.ts';
const enrolment = 'packages/core/src/consensus/enrolment/enrolment.ts';

export const formationMutants: readonly Mutant[] = [
  {
    name: 'formed-by-the-first-answer',
    file: enrolment,
    find: "this.needs === 'all' ? this.#agreed.size === length :",
    replace: "this.needs === 'all' ? true :",
    breaks: 'a node votes only once every acceptor has its generation on record',
  },
  {
    name: 'formed-under-another-generation',
    file: enrolment,
    find: 'if (generation !== this.context.generation)',
    replace: 'if (false)',
    breaks: 'a node that another generation is on record for does not vote',
  },
  {
    name: 'old-copy-not-refused',
    file: enrolment,
    find: 'if (!wasIn(this.epochs, recorded))',
    replace: 'if (false)',
    also: { file: enrolment, find: 'if (recorded.epoch < last.epoch)', replace: 'if (false)' },
    breaks: 'data that does not know of an epoch on record is an old copy, and does not vote',
  },
  {
    name: 'epoch-of-an-old-copy-recorded',
    file: admission,
    find: 'known.generation === generation && known.epoch.epoch < epoch.epoch && wasIn(epochs, known.epoch)',
    replace: 'known.generation === generation && known.epoch.epoch < epoch.epoch',
    breaks: 'an epoch on record gives way only to data that knows of it',
  },
  {
    name: 'admitted-before-asking',
    file: enrolment,
    find: 'return this.#granted;',
    replace: "return this.#granted || this.needs !== 'all';",
    breaks: 'an acceptor votes in a life that a majority has on record',
  },
  {
    name: 'epoch-not-persisted',
    file: admission,
    find: 'this.effects.persist(epochRecord(nonce));',
    replace: '',
    breaks: 'an epoch is durable before others have it on record',
  },
];
