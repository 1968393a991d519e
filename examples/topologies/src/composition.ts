import { group, multiPaxos, quorums, state, type Topology, topology } from '@synod/core';
import type { Deployment } from './deployments.js';

const counter = state({
  initial: { total: 0 },
  apply: (value, command: { add: number }) => {
    value.total += command.add;
    return value.total;
  },
  query: (value, _query: 'total') => value.total,
});

/** The same on every node, and on every client: the topology, and the group with its quorums. */
export const compose = ({ roles, quorums: rule }: Deployment): { readonly cluster: Topology; readonly counters: Counters } => ({
  cluster: topology(roles),
  counters: countersOf(rule),
});

const countersOf = (rule: Deployment['quorums']) => group('counters', multiPaxos(), counter, quorums(rule));

export type Counters = ReturnType<typeof countersOf>;
