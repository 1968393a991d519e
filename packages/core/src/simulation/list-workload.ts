import type { ReplicatedClient } from '../replication/client.js';
import type { Append } from './recording-machine.js';
import type { Workload } from './workload.js';

/** The client of a replicated list. */
export type ListClient = ReplicatedClient<Append, number, 'count', number>;

/**
 * Clients of a list that only grows: `append` adds the operation's own id and tells its place, counted from 0; `length` tells how
 * long the list is. `reads`: how many of 1000 operations ask for the length; 300 unless said.
 */
export const listWorkload = (reads = 300): Workload<ListClient> => ({
  next: (random, id) => (random.chance(reads) ? { op: 'length' } : { op: 'append', arg: id }),
  ask: (client, { op, arg }, deadline) =>
    op === 'length' ? client.query$('count', { deadline }) : client.submit$({ op: arg as string }, { deadline }),
  probe: (id) => ({ op: 'append', arg: id }),
});
