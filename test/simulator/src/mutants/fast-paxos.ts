import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - That a coordinator waits until earlier ballots are settled: it opens only slots that it has proposed nothing in.
 * - That acceptors which recover by themselves wait for a collision: what a phase-1 quorum of votes leads to is safe anyway.
 * - That losers are proposed again: their proposers send them to the leader after a while.
 * - That learners count the votes of each ballot anew: an entry is proposed at a fast step once.
 * - What it shares with Multi-Paxos: records, admission, elections, sessions, snapshots.
 */

const protocol = 'fast-paxos';
const apart = 'fast-paxos-apart';
const log = 'packages/fast-paxos/src/log';
const pick = 'packages/fast-paxos/src/pick.ts';
const contested = `${log}/contested.ts`;
const phase2 = `${log}/phase-2.ts`;

/** A pick that is free is the most popular value, which hides what is wrong with those that are not; the least popular is as good. */
const leastPopular = { file: pick, find: '{ forced: false, value: most.value }', replace: '{ forced: false, value: values.at(-1).value }' };

export const fastPaxosMutants: readonly Mutant[] = [
  {
    name: 'fast-majority-chooses',
    protocol,
    file: 'packages/fast-paxos/src/tally.ts',
    find: 'this.quorum.isFast(voters)',
    replace: 'this.quorum.isPhase2(voters)',
    breaks: 'at a fast step a fast quorum chooses, not a classic one (S6.3)',
  },
  {
    name: 'fast-picks-by-half-of-all',
    protocol,
    file: pick,
    find: 'quorum.isFast(new Set([...voters, ...untold]))',
    replace: '2 * voters.size > quorum.members.length',
    also: leastPopular,
    nodes: 4,
    breaks: 'what may be chosen with those that were not asked must be picked, however few told of it (S6.1)',
  },
  {
    name: 'fast-values-compared-by-identity',
    protocol,
    file: `${log}/picks.ts`,
    find: 'pick(answers, this.quorum, sameValue)',
    replace: 'pick(answers, this.quorum, (a, b) => a === b)',
    also: leastPopular,
    nodes: 4,
    breaks: 'votes for equal entries are votes for one value',
  },
  {
    name: 'fast-highest-vote-picked',
    protocol,
    file: `${log}/leader.ts`,
    find: 'picks: () => new FastPicks(quorum),',
    replace: '',
    nodes: 4,
    breaks: 'after phase 1 the votes of one step are counted, and not just one of them taken',
  },
  {
    name: 'fast-unasked-did-not-vote',
    protocol,
    file: `${log}/picks.ts`,
    find: 'for (const node of told)',
    replace: 'for (const node of this.quorum.members)',
    also: leastPopular,
    nodes: 4,
    breaks: 'who was not asked may have voted',
  },
  {
    name: 'fast-second-vote-at-a-step',
    protocol,
    file: `${log}/acceptor.ts`,
    find: 'held === undefined || compareBallots(held.ballot, ballot) < 0',
    replace: 'true',
    breaks: 'an acceptor votes once at a step',
  },
  {
    name: 'fast-recovers-by-any-votes',
    protocol,
    file: contested,
    find: 'this.quorum.isPhase1(voters) ? pickAt',
    replace: 'true ? pickAt',
    nodes: 4,
    breaks: 'a coordinator settles a slot by the votes of a phase-1 quorum',
  },
  {
    name: 'fast-unheard-did-not-vote',
    protocol,
    file: contested,
    find: 'pickAt(at, votes, voters, this.quorum, sameValue)',
    replace: 'pickAt(at, votes, new Set(this.quorum.members), this.quorum, sameValue)',
    also: leastPopular,
    nodes: 4,
    breaks: 'who was not heard may have voted in the slot',
  },
  {
    name: 'fast-read-at-the-commit-index',
    protocol,
    file: phase2,
    find: 'return Math.max(commit, end);',
    replace: 'return commit;',
    breaks: 'a read sees what others were told of before the coordinator was',
  },
  {
    name: 'fast-read-from-a-classic-quorum',
    protocol: apart,
    file: phase2,
    find: 'return !this.quorum.isFast(new Set(this.quorum.members.filter((member) => !nodes.has(member))));',
    replace: 'return true;',
    breaks: 'a read is confirmed by acceptors without which no fast quorum chooses',
  },
  {
    name: 'fast-slots-proposed-in-unasked',
    protocol,
    file: phase2,
    find: 'if (this.#from === undefined)\n            return this.#classic.propose(entries);',
    replace: 'return this.#classic.propose(entries);',
    breaks: 'in a slot that is open a coordinator proposes as others do',
  },
  {
    name: 'fast-vote-taken-for-a-decision',
    protocol,
    file: 'packages/core/src/consensus/multi-paxos/voted-log.ts',
    find: 'compareSteps(vote.ballot, this.#commitBallot) < 0',
    replace: 'compareBallots(vote.ballot, this.#commitBallot) < 0',
    nodes: 4,
    breaks: 'that a slot is chosen does not say that what this acceptor voted for at a fast step is',
  },
  {
    name: 'fast-votes-counted-across-steps',
    protocol: apart,
    file: `${log}/learner.ts`,
    find: 'this.#tallyOf(slot, at.step ?? 0)',
    replace: 'this.#tallyOf(slot, 0)',
    nodes: 4,
    breaks: 'a learner counts the votes of one step',
  },
  {
    name: 'fast-recovers-twice',
    protocol: apart,
    file: `${log}/acceptor.ts`,
    find: 'held !== undefined && compareSteps(held.ballot, next) >= 0',
    replace: 'false',
    nodes: 5,
    breaks: 'an acceptor that recovers by itself votes once at each step',
  },
];
