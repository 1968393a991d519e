import { colocated, group, multiPaxos, state } from '@synod/core';

/** A small thing to replicate. */
export const counter = state({
  initial: { total: 0 },
  apply: (value, command: { add: number }) => {
    value.total += command.add;
    return value.total;
  },
  query: (value, _query: 'total') => value.total,
});

export const counters = group('counters', multiPaxos(), counter);

/** Three nodes that play every role. */
export const cluster = colocated(['a', 'b', 'c']);
