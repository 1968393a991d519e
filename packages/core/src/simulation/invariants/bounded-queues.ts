import type { Invariant } from '../../wiring/observer.js';

/** Messages: what a node takes from outside at most, and as many again from its own actors. */
const MOST_QUEUED = 2 * 262_144;

/** BoundedQueues (docs/architecture.md §3: every queue is bounded): in no sample do more than `most` messages wait for a turn of a node. */
export const boundedQueues = (most = MOST_QUEUED): Invariant => ({
  name: 'BoundedQueues',
  watch: (report) => ({
    sampled: (node, { queue }) => {
      if (queue > most) report(`at ${node} ${queue} messages wait; ${most} may`);
    },
  }),
});
