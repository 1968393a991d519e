import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - `first + i >= truncatedBelow` where votes are read again: what is chosen may be remembered too long.
 * - `commit <= this.#commit`: every commit index that a leader ever told is true.
 * - `below > this.#commit` in `truncate`: what the leader says may be forgotten is chosen, whether this acceptor knows or not.
 * - `!sameBallot` in `noveltyOf`: what a leader proposes again it proposes with its barrier, for which nobody has voted.
 * - All of Handover: what is handed over twice is executed once, and what is not is asked for.
 */

const file = 'packages/core/src/consensus/multi-paxos/acceptor-log.ts';
const log = 'packages/core/src/consensus/multi-paxos/voted-log.ts';

export const acceptorLogMutants: readonly Mutant[] = [
  {
    name: 'promise-not-recovered',
    file,
    find: 'state.promised = higherBallot(state.promised, readBallot(reader));',
    replace: 'readBallot(reader);',
    breaks: 'an acceptor begins a life with the promise of the one before',
  },
  {
    name: 'promise-of-votes-not-recovered',
    file,
    find: 'state.promised = higherBallot(state.promised, ballotOf(at));',
    replace: '',
    breaks: 'a vote is a promise too, in the next life as well',
  },
  {
    name: 'promise-not-in-checkpoint',
    file,
    find: 'state.promised = readBallot(reader);',
    replace: 'readBallot(reader);',
    breaks: 'a checkpoint of an acceptor holds its promise',
  },
  {
    name: 'last-vote-not-in-checkpoint',
    file,
    find: 'left > 0; left--) {',
    replace: 'left > 1; left--) {',
    breaks: 'a checkpoint of an acceptor holds all votes that it keeps',
  },
  {
    name: 'truncation-not-in-checkpoint',
    file,
    find: 'state.log.truncate(truncatedBelow);',
    replace: '',
    breaks: 'an acceptor remembers that it has forgotten: what is not there any more is not free',
  },
  {
    name: 'generations-not-in-checkpoint',
    file: 'packages/core/src/consensus/enrolment/admission-log.ts',
    find: 'left--)\n        state.enrolled.set(...readNode(reader));',
    replace: 'left--)\n        readNode(reader);',
    breaks: 'a checkpoint of an acceptor holds the generations on record',
  },
  {
    name: 'repetition-by-its-first-slot',
    file: log,
    find: 'for (let i = 0; i < entries.length; i++) {\n            const held',
    replace: 'for (let i = 0; i < 1; i++) {\n            const held',
    breaks: 'a repetition was voted for in whole',
  },
  {
    name: 'commit-index-without-ballot',
    file: log,
    find: 'if (vote === undefined || compareSteps(vote.ballot, this.#commitBallot) < 0)',
    replace: 'if (vote === undefined)',
    breaks: 'a vote below the ballot of the commit index is not taken for what was chosen (S4.2)',
  },
  {
    name: 'commit-index-of-no-ballot',
    file: log,
    find: 'this.#commitBallot = ballot;',
    replace: '',
    breaks: 'a commit index is remembered with its ballot (S4.2)',
  },
  {
    name: 'truncation-turned-back',
    file: log,
    find: 'if (below <= this.#truncatedBelow || below > this.#commit)',
    replace: 'if (below > this.#commit)',
    breaks: 'what was forgotten stays forgotten: it must not look free',
  },
  {
    name: 'promise-without-chosen-slots',
    file: log,
    find: 'if (vote.slot < from)',
    replace: 'if (vote.slot < from || vote.slot < this.#commit)',
    breaks: 'a promise repeats the votes of chosen slots too (S4.1)',
  },
  {
    name: 'votes-handed-over',
    file: log,
    find: 'slot < this.#commit; slot++',
    replace: 'this.#votes.has(slot); slot++',
    breaks: 'a learner is handed only what is chosen',
  },
  {
    name: 'gap-handed-over',
    file: log,
    find: 'break;\n            entries.push',
    replace: 'continue;\n            entries.push',
    breaks: 'entries are handed over in order, up to a gap',
  },
];
