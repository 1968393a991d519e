import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - `isPlausible`: no node that keeps the rules leaps, and frames do not lie here.
 * - That only members count in a quorum: nobody else answers.
 * - The record that a node was formed (RoundLog.begin): asked again, the others confirm.
 * - One checkpoint at a time in RoundLog: a node seldom stands twice while one is written, and the gate refuses a second one of any
 *   role (two-checkpoints-of-a-role).
 */

const ballot = 'packages/core/src/consensus/ballot.ts';
const quorum = 'packages/core/src/consensus/quorum.ts';
const rounds = 'packages/core/src/consensus/round-log.ts';

/** A candidate hears of the rounds that others have promised before it stands: of its own former ones too. */
const PROBED = {
  file: 'packages/core/src/consensus/multi-paxos/leader.ts',
  find: 'this.#seen(promised);\n        if (this.#candidacy',
  replace: 'if (this.#candidacy',
};

/** A node looks at its quorums before it starts, and refuses those that do not meet. */
const UNCHECKED = { file: 'packages/core/src/consensus/quorums/part.ts', find: 'if (gap !== undefined)', replace: 'if (false)' };

export const ballotMutants: readonly Mutant[] = [
  {
    name: 'ballots-of-a-round-equal',
    file: ballot,
    find: 'a.round - b.round || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0)',
    replace: 'a.round - b.round',
    breaks: 'ballots of two nodes are never equal',
  },
  {
    name: 'ballots-of-a-round-the-same',
    file: ballot,
    find: 'a.round === b.round && a.node === b.node',
    replace: 'a.round === b.round',
    breaks: 'an answer counts for exactly the ballot that it was given to',
  },
  {
    name: 'rounds-compared-as-text',
    file: ballot,
    find: 'a.round - b.round || ',
    replace: '(String(a.round) < String(b.round) ? -1 : String(a.round) > String(b.round) ? 1 : 0) || ',
    duration: 30_000,
    breaks: 'rounds compare as numbers',
  },
  {
    name: 'lower-ballot-taken-for-higher',
    file: ballot,
    find: '(compareBallots(a, b) >= 0 ? a : b)',
    replace: '(compareBallots(a, b) >= 0 ? b : a)',
    breaks: 'of two ballots the higher one counts',
  },
  {
    name: 'half-is-a-majority',
    file: quorum,
    find: 'Math.floor(members.length / 2) + 1',
    replace: 'Math.ceil(members.length / 2)',
    also: UNCHECKED,
    breaks: 'any two quorums meet',
    nodes: 4,
  },
  {
    name: 'one-promise-suffices',
    file: quorum,
    find: 'isPhase1: enough',
    replace: 'isPhase1: (nodes) => nodes.size > 0',
    also: UNCHECKED,
    breaks: 'every phase-1 quorum meets every phase-2 quorum',
  },
  {
    name: 'one-vote-chooses',
    file: quorum,
    find: 'isPhase2: enough',
    replace: 'isPhase2: (nodes) => nodes.size > 0',
    also: UNCHECKED,
    breaks: 'every phase-2 quorum meets every phase-1 quorum',
  },
  {
    name: 'round-of-an-earlier-life',
    file: rounds,
    find: 'Math.max(this.#used, seen) + 1',
    replace: 'seen + 1',
    also: PROBED,
    breaks: 'a node uses a round once, whatever lives it has',
  },
  {
    name: 'round-not-persisted',
    file: rounds,
    find: 'this.effects.persist(roundRecord(this.#used));\n        this.#kept.persisted();',
    replace: '',
    also: PROBED,
    breaks: 'a round is durable before a ballot of it is used',
  },
];
