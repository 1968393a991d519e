import type { Mutant } from './mutant.js';

const dir = 'packages/core/src/consensus/register';
const protocol = 'register';

/*
 * No mutants, since no rule breaks without them:
 * - `isPlausible`: who keeps the rules sends nothing else, and frames do not lie here.
 * - `outdated`: it only tells that a repetition is due.
 * - `isPhase1(this.#promisedNext)`: a phase-1 quorum of any ballot between the two meets whoever voted, who refuses one or the other.
 * - `stands`: whoever has promised more since has promised the next ballot all the same. The guard saves an Accept that is refused.
 */
export const registerMutants: readonly Mutant[] = [
  {
    name: 'register-rejection-told-from-phase-1',
    protocol,
    file: `${dir}/key-work.ts`,
    find: 'const state = decision.state === found ? bytes',
    replace:
      "if (decision.outcome.status === 'rejected') return this.#settle(decision.outcome);\n        const state = decision.state === found ? bytes",
    breaks: 'a rejection is told only once what it saw is chosen (S3.1)',
  },
  {
    name: 'register-read-told-from-phase-1',
    protocol,
    file: `${dir}/key-work.ts`,
    find: 'const state = decision.state === found ? bytes',
    replace:
      'if (decision.state === found && !task.unanimous) return this.#settle(decision.outcome);\n        const state = decision.state === found ? bytes',
    breaks: 'a read writes back what it saw',
  },
  {
    name: 'register-attempt-not-remembered',
    protocol,
    file: `${dir}/operation.ts`,
    find: 'if (made !== undefined)',
    replace: 'if (false)',
    breaks: 'a change that is found to be made is not made again (S3.2)',
  },
  {
    name: 'register-erased-early',
    protocol,
    file: `${dir}/deletion.ts`,
    find: "this.#take({ step: 'forget', ballot: result.ballot, ages: new Map() });",
    replace: "this.#take({ step: 'erase', ballot: result.ballot, ages: new Map(), gone: new Map() });",
    breaks: 'a key is erased only after all proposers have forgotten it',
  },
  {
    name: 'register-tombstone-by-a-quorum',
    protocol,
    file: `${dir}/key-work.ts`,
    find: 'this.#task?.unanimous ? round.tally.unanimous : round.tally.chosen',
    replace: 'round.tally.chosen',
    breaks: 'a key is erased only after all acceptors have voted for its tombstone (S3.3)',
  },
  {
    name: 'register-promise-erased',
    protocol,
    file: `${dir}/acceptor-log.ts`,
    find: 'if (sameBallot(accepted, ballot) && sameBallot(promised, ballot))',
    replace: 'if (sameBallot(accepted, ballot))',
    breaks: 'a promise above a tombstone is not forgotten with it',
  },
  {
    name: 'register-stale-cache',
    protocol,
    file: `${dir}/acceptor.ts`,
    find: 'const promised = compareBallots(next, ballot) > 0 ? next : ballot;',
    replace: 'const promised = ballot;',
    breaks: 'who votes promises the next ballot with it (S3.4)',
  },
  {
    name: 'register-cache-used-twice',
    protocol,
    file: `${dir}/cache.ts`,
    find: 'const prepared = this.#prepared.get(key);\n        this.drop(key);',
    replace: 'const prepared = this.#prepared.get(key);',
    breaks: 'a ballot is for one proposal',
  },
  {
    name: 'register-quorums-that-do-not-meet',
    protocol,
    file: `${dir}/round.ts`,
    find: 'return this.quorum.isPhase2(this.#accepted);',
    replace: 'return this.#accepted.size > 0;',
    breaks: 'every phase-1 quorum meets every phase-2 quorum',
  },
  {
    name: 'register-lowest-vote',
    protocol,
    file: `${dir}/round.ts`,
    find: 'compareBallots(accepted, this.#highest) > 0',
    replace: '(this.#highest.round === 0 || compareBallots(accepted, this.#highest) < 0)',
    breaks: 'a proposer goes on from the vote at the highest ballot',
  },
  {
    name: 'register-accept-below-promise',
    protocol,
    file: `${dir}/acceptor.ts`,
    find: "if (this.#refused('accept', key, register, ballot, nonce, proposer))",
    replace: 'if (false)',
    breaks: 'an acceptor refuses to vote below its promise',
  },
  {
    name: 'register-promise-not-persisted',
    protocol,
    file: `${dir}/acceptor.ts`,
    find: 'this.effects.persist(record);\n        this.admission.used();',
    replace: 'this.admission.used();',
    breaks: 'what an acceptor promised and voted is durable before it is told',
  },
  {
    name: 'register-proposer-does-not-forget',
    protocol,
    file: `${dir}/proposer.ts`,
    find: 'this.#cache.drop(key);\n            this.#log.growOlder(ballot.round);\n            this.#works.get(key)?.fence();',
    replace: 'this.#log.growOlder(ballot.round);',
    breaks: 'a proposer forgets what it knew of a key before that is erased',
  },
  {
    name: 'register-request-run-twice',
    protocol,
    file: `${dir}/requests.ts`,
    find: 'if (origin.answers.has(id))\n            return origin.answers.get(id);',
    replace: '',
    breaks: 'a request that comes again is not run again',
  },
  {
    name: 'register-other-life-asked',
    protocol,
    file: `${dir}/caller.ts`,
    find: 'if (pending.life !== UNKNOWN_LIFE && pending.work.change !== READ)',
    replace: 'if (false)',
    breaks: 'a request that an earlier life of a proposer may have run is not run by another',
  },
];
