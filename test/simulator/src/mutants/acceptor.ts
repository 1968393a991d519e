import type { Mutant } from './mutant.js';

const file = 'packages/core/src/consensus/multi-paxos/acceptor.ts';

export const acceptorMutants: readonly Mutant[] = [
  {
    name: 'accept-below-promise',
    file,
    find: 'if (compareBallots(ballot, promised) >= 0)',
    replace: 'if (true)',
    breaks: 'an acceptor refuses a ballot below its promise',
  },
];
