import type { SynodClient } from '@synod/core';
import type { Workload } from '@synod/core/simulation';

/** ms before the last resort of who asks: by then, nodes are formed, a ballot is open, and faults have begun. */
export const PATIENCE = 1000;

/**
 * Clients of one value, most of which begin by asking and lose patience at the same time: votes collide only if proposals are on their way
 * at once, and a history has one decree. What is decided is asked for again and again, of nodes that have restarted.
 */
export const fastDecreeWorkload: Workload<SynodClient<string>> = {
  next: (random, id) => {
    const begins = id.endsWith(':0');
    if (random.chance(begins ? 100 : 50)) return { op: 'propose', arg: id };
    if (random.chance(begins ? 800 : 30)) return { op: 'learn or propose', arg: id };
    return random.chance(200) ? { op: 'learn' } : { op: 'ask' };
  },
  ask: (client, { op, arg }, deadline) => {
    const value = arg as string;
    if (op === 'propose') return client.propose$(value, { deadline });
    if (op === 'learn or propose') return client.learn$({ deadline, lastResort: { propose: value } });
    if (op === 'learn') return client.learn$({ deadline: Math.min(deadline, 2 * PATIENCE) });
    return client.learn$({ deadline: Math.min(deadline, PATIENCE / 2), lastResort: 'nothing' });
  },
  probe: (id) => ({ op: 'propose', arg: id }),
};
