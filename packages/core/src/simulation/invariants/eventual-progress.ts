import type { NodeStatus } from '../../node/node.js';
import type { GroupStatus } from '../../wiring/protocol.js';

/** A machine, as far as it matters for whether anything goes on. */
export interface Onlooked {
  readonly id: string;
  readonly paused: boolean;
  readonly node: { status(): NodeStatus } | undefined;
}

/**
 * EventualProgress (docs/protocols.md §11), for when it does not come: who leads or tries to, who is behind, who may not vote, and what
 * waits where, in words. One line for the whole, and one for each machine.
 */
export const describeProgress = (machines: Iterable<Onlooked>): readonly string[] => {
  const seen = [...machines].map((machine) => ({ ...shownBy(machine), id: machine.id, state: stateOf(machine) }));
  const chosen = Math.max(0, ...seen.map(({ group }) => group?.chosen ?? 0));
  const leaders = seen.filter(({ group }) => group?.phase === 'active');
  const names = leaders.map(({ id, group }) => `${id} (ballot ${group?.ballot})`).join(' and ');
  const leading = leaders.length === 0 ? 'nobody leads' : leaders.length === 1 ? `${names} leads` : `${names} both believe that they lead`;
  return [
    `${leading}; ${chosen} slots are known to be chosen`,
    ...seen.map(({ id, state, status, group }) => {
      if (status === undefined || group === undefined) return `${id}: ${state}`;
      return `${id}: ${[state, ...doings(group), ...progress(group, chosen), ...waits(status, group)].join(', ')}`;
    }),
  ];
};

const shownBy = ({ node }: Onlooked): { readonly status: NodeStatus | undefined; readonly group: GroupStatus | undefined } => {
  const status = node?.status();
  return { status, group: Object.values(status?.groups ?? {})[0] };
};

const stateOf = ({ node, paused }: Onlooked): string => (node === undefined ? 'down' : paused ? 'paused' : node.status().state);

const doings = ({ phase, leader, ballot, formed, admitted }: GroupStatus): readonly string[] => [
  ...(formed === false ? ['may not vote: not all acceptors have recorded its generation'] : []),
  ...(formed === true && admitted === false ? ['may not vote: no majority has recorded its start'] : []),
  ...(phase === 'active' ? [`leads ballot ${ballot}`] : []),
  ...(phase === 'scouting' || phase === 'probing' ? [`stands for election (${phase})`] : []),
  ...(phase === 'passive' ? [leader === undefined ? 'knows of no leader' : `follows ${leader} (ballot ${ballot})`] : []),
];

const progress = ({ applied }: GroupStatus, chosen: number): readonly string[] => {
  if (applied === undefined) return [];
  return [applied < chosen ? `has executed ${applied} slots, ${chosen - applied} behind` : `has executed ${applied} slots`];
};

const waits = ({ queue, unsynced }: NodeStatus, { open, waiting }: GroupStatus): readonly string[] =>
  Object.entries({ 'slots open': open, 'requests waiting': waiting, 'messages queued': queue, 'records not durable': unsynced })
    .filter(([, count]) => typeof count === 'number' && count > 0)
    .map(([what, count]) => `${count} ${what}`);

/** A machine whose state can be compared. */
export interface Comparable extends Pick<Onlooked, 'id'> {
  readonly running: boolean;
  readonly applied: number | undefined;
  stateDigest(): number;
}

/** Says so if some machines have executed equally much, and yet hold different states. */
export const describeDifferences = (machines: Iterable<Comparable>): readonly string[] => {
  const states = new Map<number, Map<number, string[]>>();
  for (const machine of machines) {
    if (!machine.running || machine.applied === undefined) continue;
    const those = states.get(machine.applied) ?? new Map<number, string[]>();
    states.set(machine.applied, those);
    const digest = machine.stateDigest();
    those.set(digest, [...(those.get(digest) ?? []), machine.id]);
  }
  return [...states]
    .filter(([, those]) => those.size > 1)
    .map(([applied, those]) => {
      const holders = [...those.values()].map((ids) => ids.join(', ')).join(' | ');
      return `all of ${holders} have executed ${applied} slots, and do not hold the same state: does the state machine draw on anything but its commands and the log time?`;
    });
};
