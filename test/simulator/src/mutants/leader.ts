import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them:
 * - Watch, ElectionTimeout, Contact, the pre-vote, check-quorum, hops, the wait for a learner that comes on, and stepping down at a
 *   higher ballot: they decide who leads and how soon. Ballots keep that safe, and what they cost is not judged while faults last.
 * - `isPlausible`, `chunk >= chunks`, FURTHEST, `round > this.#round`: who keeps the rules sends nothing else, and frames do not lie here.
 * - Which answer of an acceptor a piece of a promise belongs to: a promise has one piece up to 256 KiB; test/core has the others.
 * - Either of what a scout hears is chosen, and what is forgotten, does for the other; the mutant drops both.
 * - Taking a round above those seen: a candidate comes there in the end, one nack after another.
 * - That a promise counts for its phase 1 alone, by ballot and by nonce: one would have to come late into the next phase 1 of the same
 *   node, with a rival's votes between; test/core has that.
 * - That a vote counts at its ballot alone: a node would have to lead twice with another between, all over one open slot, and hear a
 *   vote that late; none of hundreds of histories has that.
 * - That reads do not join the heartbeat before them: it is younger than any election can be.
 * - `round <= answered` in ReadRounds: an older answer confirms less, not more.
 * - The barrier that is set anew in `truncated`: what an earlier leader may have chosen was found by phase 1, or lies below.
 * - LogClock: that log time never falls the replica sees to; how fast it runs is judged by the clock's own tests.
 * - `isOpen`, `proposal.chosen` and what is sent again too early: sessions and sets of votes make repetition harmless.
 * - Bounds on what waits, and the steps of Truncation: they save memory. The tail saves transfers.
 */

const leader = 'packages/core/src/consensus/multi-paxos/leader.ts';
const picks = 'packages/core/src/consensus/multi-paxos/picks.ts';
const scout = 'packages/core/src/consensus/multi-paxos/scout.ts';
const reign = 'packages/core/src/consensus/multi-paxos/reign.ts';
const commander = 'packages/core/src/consensus/multi-paxos/commander.ts';

/** A leader that does not hear from a quorum steps down about when another may stand: hardly ever are there two. */
const NO_CHECK_QUORUM = {
  file: reign,
  find: 'if (!quorum.isPhase2(alive))',
  replace: 'if (false)',
};

export const leaderMutants: readonly Mutant[] = [
  {
    name: 'phase-1-from-the-commit-index',
    file: leader,
    find: 'const from = this.#executed();',
    replace: 'const from = this.#commit;',
    breaks: 'phase 1 begins where the learner of the leader stands',
  },
  {
    name: 'leads-after-the-first-promise',
    file: scout,
    find: 'return this.quorum.isPhase1(this.#complete) ? this.#findings() : undefined;',
    replace: 'return this.#findings();',
    breaks: 'a phase-1 quorum promises before anything is proposed',
  },
  {
    name: 'any-vote-found-is-proposed',
    file: picks,
    find: 'if (compareSteps(at, this.#best.get(slot)?.at ?? NO_BALLOT) > 0)',
    replace: 'if (true)',
    nodes: 5,
    breaks: 'of the votes found the one of the highest ballot is proposed',
  },
  {
    name: 'lowest-vote-found-is-proposed',
    file: picks,
    find: 'if (compareSteps(at, this.#best.get(slot)?.at ?? NO_BALLOT) > 0)',
    replace: 'if (!this.#best.has(slot) || compareSteps(at, this.#best.get(slot).at) < 0)',
    breaks: 'of the votes found the one of the highest ballot is proposed',
  },
  {
    name: 'forgotten-slot-filled',
    file: scout,
    find: `this.#chosen = Math.max(this.#chosen, chosen, truncated);
        this.#truncated = Math.max(this.#truncated, truncated);`,
    replace: '',
    breaks: 'a slot that a member of the quorum has forgotten is not free (S4.6)',
  },
  {
    name: 'new-commands-in-old-slots',
    file: scout,
    find: 'end = Math.max(end, slot + 1);',
    replace: '',
    breaks: 'new commands go above every slot that anyone voted in (S4.3)',
  },
  {
    name: 'votes-found-not-proposed',
    file: reign,
    find: 'votes.get(slot) ?? emptyEntry',
    replace: 'emptyEntry',
    breaks: 'what may have been chosen is proposed again',
  },
  {
    name: 'no-barrier',
    file: reign,
    find: 'this.#barrier = end;',
    replace: '',
    breaks: 'a leader serves reads once all that was chosen before it is known (S4.5)',
  },
  {
    name: 'read-before-the-barrier',
    file: reign,
    find: 'this.#newReads.size > 0 && this.#settled',
    replace: 'this.#newReads.size > 0',
    breaks: 'a leader serves reads once its barrier is chosen (S4.5)',
  },
  {
    name: 'read-at-index-zero',
    file: reign,
    find: 'this.#reads.begin(this.#newReads.takeAll(), this.#phase2.commit)',
    replace: 'this.#reads.begin(this.#newReads.takeAll(), 0)',
    breaks: 'a read is served from the commit index of when it came, or later',
  },
  {
    name: 'accept-sent-once',
    file: reign,
    find: 'this.#heartbeat();\n        this.#phase2.beat(now, alive, this.#settled);',
    replace: 'this.#heartbeat();',
    breaks: 'a proposal is sent until it is voted for',
  },
  {
    name: 'batches-mixed-up',
    file: reign,
    find: 'entries.push({ type, time: this.#stamp(), session, seq, floor,',
    replace: 'entries.push({ type, time: this.#stamp(), session, seq: seq === 0 ? 0 : seq + 1, floor,',
    breaks: 'a batch is proposed as it was asked for',
  },
  {
    name: 'window-without-end',
    file: reign,
    find: 'if (slots >= window.slots || ',
    replace: 'if (',
    breaks: 'a leader proposes within its window',
  },
  {
    name: 'log-without-end',
    file: reign,
    find: ' || this.truncation.bytes > this.options.logBytes',
    replace: '',
    protocol: 'multi-paxos-apart',
    breaks: 'a leader takes no more when too much of the log cannot be truncated',
  },
  {
    name: 'two-values-in-a-slot',
    file: commander,
    find: 'propose(entry, now, slot = this.#next) {',
    replace: 'propose(entry, now, slot = this.#open.size === 3 ? this.#next - 1 : this.#next) {',
    breaks: 'a ballot proposes one value in a slot',
  },
  {
    name: 'votes-counted-as-messages',
    file: commander,
    find: 'proposal.chosen = this.quorum.isPhase2(proposal.votes);',
    replace: 'proposal.count = (proposal.count ?? 0) + 1; proposal.chosen = proposal.count > this.quorum.members.length / 2;',
    breaks: 'a vote counts once, however often it is told',
  },
  {
    name: 'chosen-by-one-vote',
    file: commander,
    find: 'proposal.chosen = this.quorum.isPhase2(proposal.votes);',
    replace: 'proposal.chosen = true;',
    breaks: 'what is chosen has the votes of a quorum',
  },
  {
    name: 'chosen-without-votes',
    file: commander,
    find: 'proposal?.chosen; proposal',
    replace: 'proposal; proposal',
    breaks: 'the commit index passes a slot only once a quorum has voted for it',
  },
  {
    name: 'read-confirmed-by-an-older-answer',
    file: 'packages/core/src/consensus/multi-paxos/read-rounds.ts',
    find: 'if (answer.round >= oldest.round)',
    replace: 'if (true)',
    also: NO_CHECK_QUORUM,
    breaks: 'a read is confirmed by answers to a heartbeat that was sent after it came (S4.5)',
  },
  {
    name: 'read-confirmed-by-one',
    file: 'packages/core/src/consensus/multi-paxos/read-rounds.ts',
    find: 'if (!this.isReadQuorum(nodes))',
    replace: 'if (false)',
    also: NO_CHECK_QUORUM,
    breaks: 'a read is confirmed by a phase-2 quorum (S4.5)',
  },
  {
    name: 'one-snapshot-suffices',
    file: 'packages/core/src/consensus/multi-paxos/truncation.ts',
    find: 'held[this.needed - 1]',
    replace: 'held[0]',
    breaks: 'what may be forgotten is in the durable snapshots of a majority',
  },
  {
    name: 'forgotten-bytes-still-counted',
    file: 'packages/core/src/consensus/multi-paxos/truncation.ts',
    find: 'this.#forgotten = this.#marks.shift().bytes;',
    replace: 'this.#marks.shift();',
    protocol: 'multi-paxos-apart',
    breaks: 'a log that is full takes more once it may be truncated',
  },
  {
    name: 'slots-counted-again',
    file: 'packages/core/src/consensus/multi-paxos/truncation.ts',
    find: 'this.#beginAgainAt(slot);',
    replace: '',
    protocol: 'multi-paxos-apart',
    breaks: 'a leader that leads again counts no slot twice',
  },
];
