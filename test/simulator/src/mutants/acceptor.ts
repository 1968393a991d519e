import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - `isPlausible`: who keeps the rules sends nothing else, and frames do not lie here.
 * - `first < truncatedBelow`: whoever proposes there has found these votes, or heard that they are forgotten, so it proposes what was
 *   chosen. The guard saves memory.
 * - `probe`: an election is a hint.
 * - The record that a node was formed: asked again, the others confirm the generation that they know. It saves a round trip.
 * - Other quorums than at formation: a topology does not change in a history; test/core has that.
 */

const file = 'packages/core/src/consensus/multi-paxos/acceptor.ts';
const voting = 'packages/core/src/consensus/multi-paxos/voting.ts';
const admission = 'packages/core/src/consensus/enrolment/admission.ts';

/** The heartbeat in the frame of a leader's first Accept makes an acceptor promise, whatever the Accept does. */
const UNPROMISED_HEARD = {
  file,
  find: `if (!sameBallot(ballot, this.voting.promised))
                this.voting.promise(ballot);
            this.effects.send(leader, { kind: 'heard',`,
  replace: "this.effects.send(leader, { kind: 'heard',",
};

export const acceptorMutants: readonly Mutant[] = [
  {
    name: 'accept-below-promise',
    file,
    find: "if (this.voting.refuses('accept', ballot, leader))",
    replace: 'if (false)',
    breaks: 'an acceptor refuses to vote below its promise',
  },
  {
    name: 'prepare-below-promise',
    file,
    find: "if (this.voting.refuses('prepare', ballot, leader))",
    replace: 'if (false)',
    breaks: 'an acceptor refuses to promise below its promise',
  },
  {
    name: 'heard-below-promise',
    file,
    find: "if (this.voting.refuses('heartbeat', ballot, leader))",
    replace: 'if (false)',
    breaks: 'an acceptor does not confirm a leader below its promise',
  },
  {
    name: 'equal-ballot-refused',
    file: voting,
    find: 'if (compareBallots(ballot, promised) >= 0)',
    replace: 'if (compareBallots(ballot, promised) > 0)',
    breaks: 'an acceptor answers again at the ballot that it promised',
  },
  {
    name: 'promise-not-persisted',
    file: voting,
    find: 'this.effects.persist(promiseRecord(ballot));',
    replace: '',
    breaks: 'a promise is durable before it is told',
  },
  {
    name: 'promise-not-kept',
    file: voting,
    find: 'promise(ballot) {\n        this.#state.promised = ballot;',
    replace: 'promise(ballot) {',
    breaks: 'a Prepare raises the promise',
  },
  {
    name: 'vote-not-persisted',
    file: voting,
    find: 'this.effects.persist(record);',
    replace: '',
    breaks: 'a vote is durable before it is told',
  },
  {
    name: 'vote-told-before-persisted',
    file,
    find: `if (novelty === 'new')
            this.voting.vote(ballot, first, entries, commit);
        this.effects.send(leader, { kind: 'accepted', ballot, first, count: entries.length });`,
    replace: `this.effects.send(leader, { kind: 'accepted', ballot, first, count: entries.length });
        if (novelty === 'new')
            this.voting.vote(ballot, first, entries, commit);`,
    breaks: 'a vote is persisted before the answer, and not after it',
  },
  {
    name: 'prepare-before-formed',
    file,
    find: "if (!this.admission.mayVote)\n            return this.voting.ignore('prepare', NOT_ADMITTED);",
    replace: '',
    breaks: 'an acceptor promises only once all have its generation on record',
  },
  {
    name: 'accept-before-formed',
    file,
    find: "if (!this.admission.mayVote)\n            return this.#onlyLearn('accept', ballot, commit);",
    replace: '',
    breaks: 'an acceptor votes only once all have its generation on record',
  },
  {
    name: 'heard-before-formed',
    file,
    find: "if (!this.admission.mayVote)\n            return this.#onlyLearn('heartbeat', ballot, commit);",
    replace: '',
    breaks: 'an acceptor confirms a leader only once all have its generation on record',
  },
  {
    name: 'another-generation-recorded',
    file: admission,
    find: 'known.generation === generation && ',
    replace: '',
    breaks: 'the generation on record for a node is never replaced',
  },
  {
    name: 'generation-not-persisted',
    file: admission,
    find: 'this.effects.persist(enrolledRecord(asker.node, known));',
    replace: '',
    breaks: 'a generation is durable before it is confirmed',
  },
  {
    name: 'two-checkpoints-at-once',
    file: voting,
    find: 'if (this.#checkpointing || ',
    replace: 'if (',
    breaks: 'an actor has one checkpoint under way at a time',
  },
  {
    name: 'unpromised-heard',
    ...UNPROMISED_HEARD,
    breaks: 'who confirms a leader has promised its ballot',
  },
  {
    name: 'vote-raises-no-promise',
    file: voting,
    find: 'vote(at, first, entries, commit) {\n        this.#state.promised = ballotOf(at);',
    replace: 'vote(at, first, entries, commit) {',
    also: UNPROMISED_HEARD,
    breaks: 'a vote is a promise too',
  },
  {
    name: 'second-value-voted-for',
    file: 'packages/core/src/consensus/multi-paxos/voted-log.ts',
    find: "return 'contradiction';",
    replace: "novelty = 'new';",
    also: {
      file: 'packages/core/src/consensus/multi-paxos/commander.ts',
      find: 'propose(entry, now, slot = this.#next) {',
      replace: 'propose(entry, now, slot = this.#open.size === 3 ? this.#next - 1 : this.#next) {',
    },
    breaks: 'an acceptor votes for one value in a slot at a ballot',
  },
];
