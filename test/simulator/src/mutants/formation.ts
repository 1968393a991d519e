import type { Mutant } from './mutant.js';

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
  {
    name: 'stands-before-formed',
    file: 'packages/core/src/consensus/multi-paxos/leader.ts',
    find: 'if (this.#formed && !this.#learnerCatchesUp())',
    replace: 'if (!this.#learnerCatchesUp())',
    breaks: 'a node stands for election only once every acceptor has its generation on record',
  },
];
