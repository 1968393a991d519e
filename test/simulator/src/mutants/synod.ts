import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - `isPlausible`: who keeps the rules sends nothing else, and frames do not lie here.
 * - The record that a proposer was formed, and that it must be: it asks acceptors before its first ballot, which is above all of theirs.
 * - BackOff, ProposerBelief, and whom acceptors and distinguished learners tell: who is told nothing asks.
 * - What comes of `leaderIs`: a hint.
 * - All of Attempt, and that answers are to its ballot: a history has one decree, and votes for two values at two ballots are too seldom in
 *   it. The schedules of test/core/synod have them.
 */

const protocol = 'synod';
const acceptor = 'packages/core/src/consensus/synod/acceptor.ts';
const log = 'packages/core/src/consensus/synod/acceptor-log.ts';
const proposer = 'packages/core/src/consensus/synod/proposer.ts';
const votes = 'packages/core/src/consensus/synod/votes.ts';

export const synodMutants: readonly Mutant[] = [
  {
    name: 'synod-promise-not-persisted',
    protocol,
    file: acceptor,
    find: 'this.#persist(promiseRecord(ballot));',
    replace: '',
    breaks: 'a promise is durable before it is told',
  },
  {
    name: 'synod-vote-not-persisted',
    protocol,
    file: acceptor,
    find: 'this.#persist(voteRecord(ballot, value));',
    replace: '',
    breaks: 'a vote is durable before it is told',
  },
  {
    name: 'synod-late-vote',
    protocol,
    file: acceptor,
    find: "if (this.#refused('accept', ballot, proposer))",
    replace: 'if (!this.admission.mayVote)',
    breaks: 'an acceptor refuses to vote below its promise (S2.4)',
  },
  {
    name: 'synod-late-promise',
    protocol,
    file: acceptor,
    find: "if (this.#refused('prepare', ballot, proposer))",
    replace: 'if (!this.admission.mayVote)',
    breaks: 'an acceptor refuses to promise below its promise',
  },
  {
    name: 'synod-vote-raises-no-promise',
    protocol,
    file: acceptor,
    find: 'this.#state.promised = ballot;\n        this.#state.voted = ballot;',
    replace: 'this.#state.voted = ballot;',
    breaks: 'a vote is a promise too (S2.5)',
  },
  {
    name: 'synod-not-admitted',
    protocol,
    file: acceptor,
    find: 'if (!this.admission.mayVote)\n            this.#ignore(message, NOT_ADMITTED);\n        else if',
    replace: 'if',
    breaks: 'an acceptor promises and votes only once it is formed, in a life that a majority has on record',
  },
  {
    name: 'synod-promise-not-in-checkpoint',
    protocol,
    file: log,
    find: 'state.promised = readBallot(reader);',
    replace: 'readBallot(reader);',
    breaks: 'a checkpoint of an acceptor holds its promise',
  },
  {
    name: 'synod-votes-counted-not-acceptors',
    protocol,
    file: votes,
    find: 'this.quorum.isPhase2(count.voters)',
    replace: 'this.quorum.isPhase2(new Set(this.quorum.members.slice(0, (count.heard = (count.heard ?? 0) + 1))))',
    breaks: 'a vote that comes twice counts once',
  },
  {
    name: 'synod-votes-counted-across-ballots',
    protocol,
    file: votes,
    find: 'sameBallot(one.ballot, ballot)',
    replace: 'String(one.value) === String(value)',
    breaks: 'a learner counts the votes of one ballot, not of one value (S2.3)',
  },
  {
    name: 'synod-own-value-proposed',
    protocol,
    file: proposer,
    find: 'attempt.found ?? this.#own',
    replace: 'this.#own ?? attempt.found',
    breaks: 'a proposer proposes what phase 1 found, and its own value only if that is nothing',
  },
  {
    name: 'synod-value-cut-short',
    protocol,
    file: proposer,
    find: 'this.#own ??= value.slice();',
    replace: 'this.#own ??= value.slice(0, -1);',
    breaks: 'what is proposed is what a client wants, byte for byte',
  },
  {
    name: 'synod-first-ballot-unasked',
    protocol,
    file: 'packages/core/src/consensus/synod/first-ballot.ts',
    find: 'return meetsEveryPhase1(this.quorum, this.#told);',
    replace: 'return true;',
    also: {
      file: 'packages/core/src/consensus/synod/first-ballot.ts',
      find: 'this.quorum.members.includes(node) && !this.#told.has(node)',
      replace: 'false',
    },
    faults: ['old copy', 'pause', 'one-way cut'],
    breaks: 'a proposer whose data is an old copy takes no ballot that it used before',
  },
];
