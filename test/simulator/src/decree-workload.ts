import type { SynodClient } from '@synod/core';
import type { Workload } from '@synod/core/simulation';

/** ms that a question may take: most come before anything is decided, and a client that waits proposes nothing. */
const QUESTION = 150;

/**
 * Clients of one value, each of which may propose one of its own. Most operations ask, so that some time goes by, with faults, before
 * the first proposal; and what is decided is asked for again and again, of nodes that have restarted.
 */
export const decreeWorkload: Workload<SynodClient<string>> = {
  next: (random, id) => {
    if (random.chance(80)) return { op: 'propose', arg: id };
    if (random.chance(30)) return { op: 'learn or propose', arg: id };
    return random.chance(200) ? { op: 'learn' } : { op: 'ask' };
  },
  ask: (client, { op, arg }, deadline) => {
    const value = arg as string;
    if (op === 'propose') return client.propose$(value, { deadline });
    if (op === 'learn or propose') return client.learn$({ deadline, lastResort: { propose: value } });
    return client.learn$({ deadline: Math.min(deadline, QUESTION), lastResort: op === 'learn' ? 'finish' : 'nothing' });
  },
  probe: (id) => ({ op: 'propose', arg: id }),
};
