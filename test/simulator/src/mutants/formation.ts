import type { Mutant } from './mutant.js';

/*
 * No mutants, since no history comes there, or no rule breaks without them:
 * - Epochs: no fault puts an old copy of a disk back; test/core and test/simulation have old-data.test.ts.
 * - That a candidate is formed: its round is above the promises of a quorum, which it asks for before it stands.
 */

const enrolment = 'packages/core/src/consensus/multi-paxos/enrolment.ts';

export const formationMutants: readonly Mutant[] = [
  {
    name: 'formed-by-the-first-answer',
    file: enrolment,
    find: "this.needs === 'all' ? this.complete :",
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
];
