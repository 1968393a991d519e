import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - That acceptors which recover by themselves pick by the votes of a phase-1 quorum: where votes collided, nothing can be chosen at that step,
 *   whoever votes yet.
 * - That a coordinator opens a ballot only where nobody had voted: it might wherever it is free to pick.
 * - Whose turn it is to propose, and how long acceptors wait for each other's votes.
 * - What it shares with the Synod: admission, first ballots, rounds.
 */

const protocol = 'fast-synod';
const uncoordinated = 'fast-synod-uncoordinated';
const pick = 'packages/fast-paxos/src/pick.ts';
const acceptor = 'packages/fast-paxos/src/synod/acceptor.ts';
const attempt = 'packages/fast-paxos/src/synod/attempt.ts';
const votes = 'packages/fast-paxos/src/synod/votes.ts';

/** A pick that is free to be anything is, for safety, as good as the most popular value; without that, what is wrong with the rest shows. */
const anything = { file: pick, find: '{ forced: false, value: most.value }', replace: 'FREE' };

export const fastSynodMutants: readonly Mutant[] = [
  {
    name: 'fast-synod-majority-chooses-fast',
    protocol,
    file: votes,
    find: 'this.quorum.isPhase2(voters, at.step)',
    replace: 'this.quorum.isPhase2(voters)',
    breaks: 'at a fast step a fast quorum chooses, not a classic one (S6.3)',
  },
  {
    name: 'fast-synod-majority-ends-fast-step',
    protocol,
    file: 'packages/fast-paxos/src/tally.ts',
    find: 'this.quorum.isFast(voters)',
    replace: 'this.quorum.isPhase2(voters)',
    breaks: 'a coordinator takes for chosen what a fast quorum has voted for',
  },
  {
    name: 'fast-synod-picks-by-half-of-all',
    protocol,
    file: pick,
    find: 'quorum.isFast(new Set([...voters, ...untold]))',
    replace: '2 * voters.size > quorum.members.length',
    also: anything,
    nodes: 4,
    breaks: 'what may be chosen with those that were not asked must be picked, however few told of it (S6.1)',
  },
  {
    name: 'fast-synod-values-compared-by-identity',
    protocol,
    file: pick,
    find: 'same(one.value, value)',
    replace: 'one.value === value',
    also: anything,
    nodes: 4,
    breaks: 'votes for equal values are votes for one value',
  },
  {
    name: 'fast-synod-votes-collapsed',
    protocol,
    file: pick,
    find: 'known.voters.add(node);',
    replace: '{}',
    also: anything,
    nodes: 4,
    breaks: 'all votes for a value are counted',
  },
  {
    name: 'fast-synod-classic-step-picked-as-fast',
    protocol,
    file: pick,
    find: '(at.step ?? 0) === 0',
    replace: 'false',
    also: anything,
    breaks: 'what one acceptor voted for at a classic step must be picked',
  },
  {
    name: 'fast-synod-second-vote-at-a-step',
    protocol,
    file: acceptor,
    find: 'compareSteps(at, voted) > 0',
    replace: 'true',
    breaks: 'an acceptor votes once at a step',
  },
  {
    name: 'fast-synod-any-forgets-vote',
    protocol,
    file: acceptor,
    find: 'this.#open = ballot;',
    replace: 'this.#open = ballot; this.#state.voted = NO_BALLOT;',
    breaks: 'who is told again that a step is open remembers that it voted there',
  },
  {
    name: 'fast-synod-votes-unasked',
    protocol,
    file: acceptor,
    find: 'sameBallot(this.#open, NO_BALLOT) || !sameBallot(this.#open, promised)',
    replace: 'sameBallot(promised, NO_BALLOT)',
    breaks: 'an acceptor votes for what is proposed only where the coordinator has opened the ballot',
  },
  {
    name: 'fast-synod-vote-not-persisted',
    protocol,
    file: acceptor,
    find: 'this.#persist(voteRecord(at, value));',
    replace: '',
    breaks: 'a vote is durable before it is told',
  },
  {
    name: 'fast-synod-votes-counted-across-steps',
    protocol,
    file: votes,
    find: 'sameStep(one.at, at)',
    replace: 'true',
    breaks: 'a learner counts the votes of one step',
  },
  {
    name: 'fast-synod-recovers-by-any-votes',
    protocol,
    file: attempt,
    find: 'return this.quorum.isPhase1(told) ? pickAt',
    replace: 'return true ? pickAt',
    nodes: 5,
    breaks: 'a coordinator recovers by the votes of a phase-1 quorum',
  },
  {
    name: 'fast-synod-unheard-did-not-vote',
    protocol,
    file: attempt,
    find: 'const told = new Set(votes.keys());',
    replace: 'const told = new Set(this.quorum.members);',
    nodes: 5,
    breaks: 'who was not heard may have voted',
  },
  {
    name: 'fast-synod-votes-again-without-collision',
    protocol: uncoordinated,
    file: 'packages/fast-paxos/src/synod/uncoordinated.ts',
    find: 'last === undefined || !last.tally.collided',
    replace: 'last === undefined',
    also: {
      file: 'packages/fast-paxos/src/synod/uncoordinated.ts',
      find: '!this.quorum.isPhase1(told)',
      replace: 'false',
    },
    breaks: 'acceptors that recover by themselves pick by the votes of a phase-1 quorum, once these collided',
  },
];
