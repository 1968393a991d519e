import { counts, grid, majority, type Quorums, sets, weighted } from '@synod/core';

/** Whichever node leads when it comes to it. */
export const LEADER = 'the leader';

/** Who plays what, and what may be lost. */
export interface Deployment {
  readonly about: string;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly quorums: Quorums;
  /** What is lost at a time, while commands go on: nodes, or `LEADER`. */
  readonly loses: readonly string[];
}

const ALL = ['proposer', 'leader', 'acceptor', 'learner'];
const VOTES = ['acceptor'];
const LEADS = ['leader'];
const EXECUTES = ['learner'];
/** Follows what is decided, without a vote, and answers queries of its own node. */
const READS = ['proposer', 'learner'];
const LEADS_AND_EXECUTES = ['leader', 'learner'];

/** Whole sites may be lost: commands are on a disk of each of two sites, and elections ask all of two. */
const SITES = [
  ['oslo-1', 'oslo-2'],
  ['rome-1', 'rome-2'],
  ['york-1', 'york-2'],
] as const;

const twoSites = SITES.flatMap((one, i) => SITES.slice(i + 1).map((other) => [one, other] as const));

export const DEPLOYMENTS: Readonly<Record<string, Deployment>> = {
  colocated: {
    about: 'every node plays every role',
    roles: { a: ALL, b: ALL, c: ALL },
    quorums: majority,
    loses: [LEADER],
  },
  apart: {
    about: 'every role has nodes of its own',
    roles: { p1: ['proposer'], l1: LEADS, l2: LEADS, a1: VOTES, a2: VOTES, a3: VOTES, s1: EXECUTES, s2: EXECUTES },
    quorums: majority,
    loses: [LEADER, 'a3', 's2'],
  },
  'read-replicas': {
    about: 'three nodes vote, two more follow and answer queries, and have no vote',
    roles: { a: ALL, b: ALL, c: ALL, r1: READS, r2: READS },
    quorums: majority,
    loses: [LEADER, 'r2'],
  },
  counts: {
    about: 'of five acceptors two choose: commands wait for two disks, an election for four',
    roles: { l1: LEADS_AND_EXECUTES, l2: LEADS_AND_EXECUTES, a1: VOTES, a2: VOTES, a3: VOTES, a4: VOTES, a5: VOTES },
    quorums: counts({ phase1: 4, phase2: 2 }),
    loses: ['a3', 'a4', 'a5'],
  },
  grid: {
    about: 'acceptors in rows, one near, one far: a row chooses, an election asks one of each row',
    roles: { l1: LEADS_AND_EXECUTES, l2: LEADS_AND_EXECUTES, near1: VOTES, near2: VOTES, far1: VOTES, far2: VOTES },
    quorums: grid([
      ['near1', 'near2'],
      ['far1', 'far2'],
    ]),
    loses: ['far1', 'far2'],
  },
  weighted: {
    about: 'one good machine with two votes, and three with one: the good one and any other choose, or the three',
    roles: { good: ALL, a: ALL, b: ALL, c: ALL },
    quorums: weighted({ weights: { good: 2, a: 1, b: 1, c: 1 } }),
    loses: ['good'],
  },
  sites: {
    about: 'three sites of two nodes: one node of each of two sites choose, an election asks both of two sites',
    roles: Object.fromEntries(SITES.flat().map((node) => [node, ALL])),
    quorums: sets({
      phase1: twoSites.map(([one, other]) => [...one, ...other]),
      phase2: twoSites.flatMap(([one, other]) => one.flatMap((node) => other.map((second) => [node, second]))),
    }),
    loses: ['oslo-1', 'oslo-2'],
  },
};
