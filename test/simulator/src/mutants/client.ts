import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them, or no history comes there:
 * - What Outstanding keeps for callers that come back: of what it has let go they are told again that it is unknown.
 * - 'stale' and 'too many outstanding': a replica says so only to numbers that a client has given up, or beyond the span that it keeps.
 * - The floor that is told: were it too high, replicas would not know what became of a batch, and its caller be told so.
 * - `shown`: sequential and local reads, of which the list's clients have none.
 * - `waiting.delete(call)`: who has been answered is told no more by the client either.
 * - LeaderBelief: whom to ask is a hint. Bounds of queue, window and rounds save memory.
 */

const session = 'packages/core/src/consensus/multi-paxos/client-session.ts';
const outstanding = 'packages/core/src/consensus/multi-paxos/outstanding.ts';
const reads = 'packages/core/src/consensus/multi-paxos/reads-under-way.ts';

export const clientMutants: readonly Mutant[] = [
  {
    name: 'session-of-an-earlier-life',
    file: session,
    find: 'if (!this.#opening || nonce.length !== this.#nonce.length || nonce.some((byte, i) => byte !== this.#nonce[i]))',
    replace: 'if (!this.#opening)',
    breaks: 'a client takes only the session that its own nonce opened',
  },
  {
    name: 'one-nonce-for-all',
    file: session,
    find: '() => randomBelow(random, 256)',
    replace: '() => 7',
    breaks: 'every life of a client has a nonce of its own',
  },
  {
    name: 'reply-of-another-session',
    file: session,
    find: 'if (session !== this.#session)\n            return;',
    replace: '',
    breaks: 'a reply is to a batch of its session',
  },
  {
    name: 'eviction-told-as-refusal',
    file: session,
    find: "{ status: 'unknown', reason: 'the session was evicted",
    replace: "{ status: 'refused', reason: 'the session was evicted",
    breaks: 'what was sent under an evicted session may have happened',
  },
  {
    name: 'sent-again-under-a-new-session',
    file: session,
    find: 'this.#outstanding = this.#newOutstanding();\n        if',
    replace: 'if',
    breaks: 'what was sent under an evicted session is not sent under another',
  },
  {
    name: 'timeout-told-as-refusal',
    file: session,
    find: "{ status: 'unknown', reason: 'no outcome in time' }",
    replace: "{ status: 'refused', reason: 'no outcome in time' }",
    breaks: 'what was sent may have happened',
  },
  {
    name: 'asked-again-under-a-new-number',
    file: session,
    find: 'const known = this.#outstanding.resume(unknown, call);',
    replace: 'return this.add([call]);',
    breaks: 'who asks again asks under the same number',
  },
  {
    name: 'numbers-not-counted-up',
    file: outstanding,
    find: 'seq: this.#nextSeq++,',
    replace: 'seq: this.#batches.size === 0 ? this.#nextSeq : this.#nextSeq++,',
    breaks: 'no two batches of a session have one number',
  },
  {
    name: 'wanted-batch-let-go',
    file: outstanding,
    find: 'if (isWanted(oldest))\n                return false;',
    replace: '',
    breaks: 'a batch that somebody waits for is not let go',
  },
  {
    name: 'two-flushes-for-one',
    file: 'packages/core/src/consensus/multi-paxos/proposer.ts',
    find: 'flush() {\n        this.#flushing = false;',
    replace: `flush() {
        this.effects.send(this.context.self, { kind: 'flush' });
        this.effects.send(this.context.self, { kind: 'flush' });`,
    breaks: 'what an actor sends to itself comes to an end',
  },
  {
    name: 'read-at-any-learner',
    file: reads,
    find: "if (round.calls[0]?.consistency !== 'linearizable') {",
    replace: 'if (true) {',
    breaks: 'a linearizable read asks the leader for its index',
  },
  {
    name: 'answers-to-an-earlier-life',
    protocol: 'multi-paxos-apart',
    faults: ['old replay', 'client restart', 'delay burst'],
    file: reads,
    find: 'this.#nextId = context.random.uint32() * 2 ** 20 + 1;',
    replace: 'this.#nextId = 1;',
    breaks: 'an answer is to a question of this life',
  },
];
