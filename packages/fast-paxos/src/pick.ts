import { compareSteps, type Step } from '@synod/core/consensus';
import type { FastQuorumSystem } from './quorums.js';

/** What an acceptor told of its last vote: its highest. */
export interface LastVote<Value> {
  readonly at: Step;
  readonly value: Value;
}

/** What may be proposed after a phase 1. */
export interface Picked<Value> {
  /** Nothing else may be: it is chosen, perhaps, or will be. If not, anything may be. */
  readonly forced: boolean;
  /** Not forced, it is what most had voted for, so that it is done with; undefined if nobody had. */
  readonly value: Value | undefined;
}

/** Values come from elsewhere: two that are the same need not be one object. */
export type Same<Value> = (one: Value, other: Value) => boolean;

/** The votes for one value. */
export interface VotesFor<Value> {
  readonly value: Value;
  readonly voters: ReadonlySet<string>;
}

const FREE: Picked<never> = { forced: false, value: undefined };

/**
 * The rule by which a value is picked after a phase 1: `told` has the answer of every acceptor of a phase-1 quorum, undefined where it had not
 * voted. Only what was voted for at the highest step that any of them tells of counts. (Lamport, Fast Paxos §2.2, "O4", and §3.2, Figure 2)
 */
export const pick = <Value>(
  told: ReadonlyMap<string, LastVote<Value> | undefined>,
  quorum: FastQuorumSystem,
  same: Same<Value>,
): Picked<Value> => {
  let highest: Step | undefined;
  for (const vote of told.values())
    if (vote !== undefined && (highest === undefined || compareSteps(vote.at, highest) > 0)) highest = vote.at;
  if (highest === undefined) return FREE;
  const votes = new Map<string, Value>();
  for (const [node, vote] of told) if (vote !== undefined && compareSteps(vote.at, highest) === 0) votes.set(node, vote.value);
  return pickAt(highest, votes, new Set(told.keys()), quorum, same);
};

/**
 * As `pick`, where `votes` were cast at the highest step, `at`, of all that those who answered, `told`, voted at. At a fast step any value was
 * safe before anybody voted there: that is what it takes to open one, or to go on to it from another.
 */
export const pickAt = <Value>(
  at: Step,
  votes: ReadonlyMap<string, Value>,
  told: ReadonlySet<string>,
  quorum: FastQuorumSystem,
  same: Same<Value>,
): Picked<Value> => {
  const values = votesByValue(votes, same);
  const [most] = values;
  if (most === undefined) return FREE;
  // A classic step has one value, and it may be chosen however few told of it.
  if ((at.step ?? 0) === 0) return { forced: true, value: most.value };
  const untold = quorum.members.filter((node) => !told.has(node));
  const may = values.find(({ voters }) => quorum.isFast(new Set([...voters, ...untold])));
  return may === undefined ? { forced: false, value: most.value } : { forced: true, value: may.value };
};

/**
 * What was voted for, most votes first; among equals, what the acceptor of the lowest name voted for: the same for whoever knows these
 * votes, so acceptors that pick each for themselves come to agree.
 */
export const votesByValue = <Value>(votes: ReadonlyMap<string, Value>, same: Same<Value>): readonly VotesFor<Value>[] => {
  const values: { readonly value: Value; readonly voters: Set<string> }[] = [];
  for (const [node, value] of [...votes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = values.find((one) => same(one.value, value));
    if (known === undefined) values.push({ value, voters: new Set([node]) });
    else known.voters.add(node);
  }
  return values.sort((a, b) => b.voters.size - a.voters.size);
};
