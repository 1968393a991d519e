import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - Who answers (`answeringBelow`): the outcome is the same wherever it is told.
 * - `next >= replica.next` in `catchUp`, `next <= replica.next` in `offered`, `forgetBelow`: they save work.
 * - The number of a transfer: a fragment would have to come late from the same donor, and be the very one that is expected;
 *   test/simulation has snapshot-transfer.test.ts.
 * - The number of a cut: the donor would have to start again in the midst, and an early request come late (1 in 23,000 histories).
 * - All of SnapshotSender, and `donor !== node`: a receiver takes the fragment that it expects of the transfer that it drew the number
 *   of; what does not fit costs it time, and in the end it turns to another donor.
 * - `learnCommit` in `#install`: who is ahead of the commit index that it knows is not behind.
 * - `installed`: a snapshot from elsewhere is written a little sooner.
 * - Bounds of EarlyEntries, LogTail, Queries and SnapshotSender: they save memory.
 */

const learner = 'packages/core/src/consensus/multi-paxos/learner.ts';
const catchingUp = 'packages/core/src/consensus/multi-paxos/catching-up.ts';
const transfer = 'packages/core/src/consensus/multi-paxos/snapshot-transfer.ts';
const writer = 'packages/core/src/consensus/multi-paxos/snapshot-writer.ts';

export const learnerMutants: readonly Mutant[] = [
  {
    name: 'executed-again',
    file: learner,
    find: 'for (let i = next - first; i < entries.length; i++)',
    replace: 'for (let i = 0; i < entries.length; i++)',
    breaks: 'a learner executes each slot once',
  },
  {
    name: 'executed-before-the-prefix',
    file: learner,
    find: `if (first > next) {
            for (let i = 0; i < entries.length; i++)
                if (!this.#early.add(first + i, entries[i]))
                    break;
        }
        else {
            for (let i = next - first;`,
    replace: '{\n            for (let i = Math.max(0, next - first);',
    breaks: 'a learner executes a slot after all below it',
  },
  {
    name: 'older-snapshot-installed',
    file: learner,
    find: 'if (fragment.next > this.replica.next)',
    replace: 'if (true)',
    breaks: 'a snapshot is installed only where it is ahead',
  },
  {
    name: 'tail-kept-over-a-snapshot',
    file: learner,
    find: 'this.#tail.reset(next);',
    replace: '',
    breaks: 'entries that were executed before a snapshot was installed do not stand at slots behind it',
  },
  {
    name: 'tail-without-its-front',
    file: learner,
    find: 'if (next < this.#tail.first)',
    replace: 'if (false)',
    breaks: 'who is behind the tail is offered a snapshot',
  },
  {
    name: 'snapshot-not-restored',
    file: learner,
    find: 'if (context.recovered.checkpoint !== undefined)',
    replace: 'if (false)',
    breaks: 'a learner begins a life with its snapshot: the slots in it may be forgotten everywhere',
  },
  {
    name: 'query-answered-at-once',
    file: learner,
    find: 'if (query.index <= this.replica.next)',
    replace: 'if (true)',
    breaks: 'a query waits until all below its index is executed',
  },
  {
    name: 'held-query-answered-at-once',
    file: 'packages/core/src/consensus/multi-paxos/queries.ts',
    find: 'if (query.index <= this.replica.next)',
    replace: 'if (true)',
    breaks: 'a query waits until all below its index is executed',
  },
  {
    name: 'never-catches-up',
    file: catchingUp,
    find: 'if (this.#waiting || this.behind === 0)',
    replace: 'if (true)',
    breaks: 'who missed something asks for it',
  },
  {
    name: 'silent-donor-kept',
    file: catchingUp,
    find: 'if (this.#receiver.asked < MOST_ASKED)',
    replace: 'if (true)',
    breaks: 'a donor that fell silent is given up for another',
  },
  {
    name: 'fragment-taken-twice',
    file: transfer,
    find: 'if (transfer !== this.transfer || fragment !== this.#expected || cut !== (this.#cut ?? cut))',
    replace: 'if (transfer !== this.transfer)',
    breaks: 'fragments are taken in their order, each once',
  },
  {
    name: 'snapshot-told-before-it-is-durable',
    file: writer,
    find: 'this.#writing = this.replica.next;',
    replace: 'this.#next = this.#writing = this.replica.next;',
    breaks: 'a snapshot counts once it is durable',
  },
  {
    name: 'two-snapshots-at-once',
    file: writer,
    find: 'if (this.#writing !== undefined || (',
    replace: 'if ((',
    breaks: 'an actor has one checkpoint under way at a time',
  },
];
