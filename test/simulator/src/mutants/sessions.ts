import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them, or no history comes there:
 * - `existing !== undefined`: a nonce that opened two sessions has one that nobody uses.
 * - Which session goes first: any order that all replicas share will do.
 * - 'too many outstanding' bounds memory; `session === undefined` in `executed` cannot be, right after `admit`.
 * - Deadlines, results that are withheld, commands that cannot be decoded: the list has none; test/core has them.
 */

const sessions = 'packages/core/src/replication/sessions.ts';
const replica = 'packages/core/src/replication/replica.ts';

export const sessionMutants: readonly Mutant[] = [
  {
    name: 'session-not-known-executes',
    file: sessions,
    find: 'return NO_SESSION;',
    replace: 'return EXECUTE;',
    breaks: 'a batch of an evicted session is never executed again',
  },
  {
    name: 'results-forgotten',
    file: sessions,
    find: 'session.results.set(seq, result.length < result.buffer.byteLength ? result.slice() : result);',
    replace: '',
    breaks: 'a batch is executed once',
  },
  {
    name: 'executed-though-known',
    file: sessions,
    find: 'if (result !== undefined)',
    replace: 'if (false)',
    breaks: 'a batch is executed once',
  },
  {
    name: 'executed-below-the-floor',
    file: sessions,
    find: 'if (seq < session.floor)',
    replace: 'if (false)',
    breaks: 'a batch below the floor is not executed again',
  },
  {
    name: 'floor-lowered',
    file: sessions,
    find: 'if (floor > session.floor)',
    replace: 'if (floor !== session.floor)',
    breaks: 'a floor never falls',
  },
  {
    name: 'nonce-of-an-evicted-session-kept',
    file: sessions,
    find: 'this.#byNonce.delete(session.nonce);',
    replace: '',
    breaks: 'an evicted session is forgotten with its nonce',
  },
  {
    name: 'floor-not-in-snapshot',
    file: sessions,
    find: 'floor: reader.index()',
    replace: 'floor: (reader.index(), 1)',
    breaks: 'floors are part of the replicated state',
  },
  {
    name: 'sessions-not-in-snapshot',
    file: replica,
    find: 'this.#sessions.restore(reader.blob());',
    replace: 'reader.blob();',
    breaks: 'sessions are part of the replicated state',
  },
  {
    name: 'log-time-falls',
    file: replica,
    find: 'if (time > this.#time)',
    replace: 'if (true)',
    also: { file: 'packages/core/src/consensus/log-clock.ts', find: 'Math.max(last, wall)', replace: 'wall' },
    breaks: 'log time never falls',
  },
  {
    name: 'snapshot-of-what-comes-later',
    file: replica,
    find: 'const machine = this.machine.snapshot();',
    replace: 'const machine = { [Symbol.iterator]: () => this.machine.snapshot()[Symbol.iterator]() };',
    breaks: 'a snapshot is a view that later slots do not change',
  },
];
