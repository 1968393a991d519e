import { SeededRandom } from '@synod/core/simulation';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBallots, NO_BALLOT, readBallot, sizeOfBallot, writeBallot } from '../../../packages/core/src/consensus/ballot.js';
import { Contact } from '../../../packages/core/src/consensus/election/contact.js';
import { ElectionTimeout } from '../../../packages/core/src/consensus/election/election-timeout.js';
import { LogClock } from '../../../packages/core/src/consensus/log-clock.js';
import { Commander } from '../../../packages/core/src/consensus/multi-paxos/commander.js';
import { EarlyEntries } from '../../../packages/core/src/consensus/multi-paxos/early-entries.js';
import { LogTail } from '../../../packages/core/src/consensus/multi-paxos/log-tail.js';
import type { Promise1b, SnapshotFragment } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { DEFAULTS, withDefaults } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { placementOf } from '../../../packages/core/src/consensus/multi-paxos/placement.js';
import { Scout } from '../../../packages/core/src/consensus/multi-paxos/scout.js';
import { SnapshotReceiver, SnapshotSender } from '../../../packages/core/src/consensus/multi-paxos/snapshot-transfer.js';
import { majority } from '../../../packages/core/src/consensus/quorum.js';
import { sizeOfEntry } from '../../../packages/core/src/replication/entry.js';
import { ByteReader, ByteWriter } from '../../../packages/core/src/transport/bytes.js';
import { ballotOf, entryOf, wordOf } from './synod.js';

const ABC = majority(['a', 'b', 'c']);

describe('ballots', () => {
  const ballot = fc.oneof(
    fc.constant(NO_BALLOT),
    fc.record({ round: fc.integer({ min: 1, max: 2 ** 53 - 1 }), node: fc.stringMatching(/^[A-Za-z0-9_-]{1,4}$/) }),
  );

  test('are totally ordered, none is below none, and the order survives the wire', () => {
    fc.assert(
      fc.property(ballot, ballot, ballot, (x, y, z) => {
        expect(Math.sign(compareBallots(x, y))).toBe(-Math.sign(compareBallots(y, x)) + 0);
        if (compareBallots(x, y) <= 0 && compareBallots(y, z) <= 0) expect(compareBallots(x, z)).toBeLessThanOrEqual(0);
        if (compareBallots(x, y) === 0) expect(x).toEqual(y);
        expect(compareBallots(x, NO_BALLOT)).toBeGreaterThanOrEqual(0);
        const writer = new ByteWriter(sizeOfBallot(x));
        writeBallot(x, writer);
        expect(readBallot(new ByteReader(writer.bytes))).toEqual(x);
      }),
    );
  });
});

describe('majorities', () => {
  test('any phase-1 quorum meets any phase-2 quorum, and strangers count for nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(), fc.nat(), (n, x, y) => {
        const members = Array.from({ length: n }, (_, i) => `n${i}`);
        const pick = (bits: number): Set<string> => new Set(members.filter((_, i) => bits & (1 << i)));
        const [q1, q2] = [pick(x), pick(y)];
        const quorum = majority(members);
        if (quorum.isPhase1(q1) && quorum.isPhase2(q2)) expect([...q1].some((node) => q2.has(node))).toBe(true);
        expect(quorum.isPhase1(new Set([...q1, 'stranger']))).toBe(quorum.isPhase1(q1));
      }),
    );
    expect(majority(['b', 'a']).fingerprint).toBe(majority(['a', 'b']).fingerprint);
  });

  test('what may be forgotten needs the snapshots of a majority of the voting nodes, or of all learners if those are fewer', () => {
    const placed = (acceptors: string[], learners: string[]) =>
      placementOf({ playing: (role) => (role === 'acceptor' ? acceptors : role === 'learner' ? learners : ['a']) }).snapshots;
    expect(placed(['a', 'b', 'c'], ['a', 'b', 'c', 'd'])).toEqual({ learners: ['a', 'b', 'c'], needed: 2 });
    expect(placed(['a', 'b', 'c'], ['a', 'x'])).toEqual({ learners: ['a', 'x'], needed: 2 });
  });
});

describe('a scout', () => {
  const promise = (over: Partial<Promise1b>): Promise1b => ({
    ...{ kind: 'promise', ballot: ballotOf('5.a'), nonce: 7, life: 1, chunk: 0, chunks: 1, chosen: 0, truncated: 0, votes: [] },
    ...over,
  });
  const vote = (slot: number, ballot: string, value: string) => ({ slot, ballot: ballotOf(ballot), entry: entryOf(value) });
  const scout = (from = 0) => new Scout(ballotOf('5.a'), 7, from, ABC);

  test('takes the vote of the highest ballot in each slot, not the most frequent one nor the last to come', () => {
    const answers = [
      ['a', '1.a', 'x'],
      ['b', '1.a', 'x'],
      ['c', '2.b', 'y'],
    ] as const;
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [2, 0, 1],
    ]) {
      const phase1 = new Scout(ballotOf('5.a'), 7, 0, majority(['a', 'b', 'c', 'd', 'e']));
      const [findings] = order
        .map((i) => answers[i] as (typeof answers)[number])
        .map(([node, ballot, value]) => phase1.promise(node, promise({ votes: [vote(0, ballot, value)] })))
        .filter((found) => found !== undefined);
      expect([...(findings?.votes ?? [])].map(([slot, entry]) => [slot, wordOf(entry)])).toEqual([[0, 'y']]);
    }
  });

  test('waits for every chunk of a promise, in whatever order they come', () => {
    const phase1 = scout();
    phase1.promise('a', promise({}));
    expect(phase1.promise('b', promise({ chunk: 2, chunks: 3, votes: [vote(2, '1.a', 'z')] }))).toBeUndefined();
    expect(phase1.promise('b', promise({ chunk: 0, chunks: 3, votes: [vote(0, '1.a', 'x')] }))).toBeUndefined();
    expect(phase1.promise('b', promise({ chunk: 0, chunks: 3, votes: [vote(0, '1.a', 'x')] }))).toBeUndefined();
    expect(phase1.promise('b', promise({ chunk: 1, chunks: 3, votes: [vote(1, '1.a', 'y')] }))?.end).toBe(3);
  });

  test('makes no whole of chunks from two lives of an acceptor, which may have cut its votes differently', () => {
    const phase1 = scout();
    phase1.promise('a', promise({}));
    // Slots 2 and 3 of four are in neither piece.
    expect(phase1.promise('b', promise({ life: 1, truncated: 2, chunk: 1, chunks: 2, votes: [vote(4, '1.a', 'v')] }))).toBeUndefined();
    expect(phase1.promise('b', promise({ life: 2, truncated: 0, chunk: 0, chunks: 2, votes: [vote(1, '1.a', 'w')] }))).toBeUndefined();
    expect(phase1.has('b')).toBe(false);
  });

  test('begins above what anyone has forgotten, and never below what is executed here', () => {
    const behind = scout(3);
    behind.promise('a', promise({ truncated: 10, chosen: 10, votes: [vote(10, '1.a', 'x')] }));
    expect(behind.promise('b', promise({ chosen: 2 }))).toMatchObject({ first: 10, end: 11 });
    const ahead = scout(20);
    ahead.promise('a', promise({ chosen: 5 }));
    expect(ahead.promise('b', promise({}))).toMatchObject({ first: 20, end: 20 });
  });

  test('takes no vote for what may be chosen in a slot that another has forgotten: the vote that was chosen may be forgotten with it', () => {
    const phase1 = scout();
    phase1.promise('a', promise({ truncated: 10, chosen: 10 }));
    const findings = phase1.promise('b', promise({ votes: [vote(9, '1.a', 'never chosen')] }));
    expect(findings).toMatchObject({ first: 10, end: 10 });
    expect(findings?.votes.size).toBe(0);
  });

  test('heeds no acceptor that is not a member', () => {
    const phase1 = scout();
    phase1.promise('a', promise({}));
    expect(phase1.promise('stranger', promise({}))).toBeUndefined();
  });
});

describe('a commander', () => {
  const proposing = (...values: string[]) => {
    const commander = new Commander(10, ABC);
    for (const value of values) commander.propose(entryOf(value), 0);
    return commander;
  };
  const words = (entries: readonly ReturnType<typeof entryOf>[]): string[] => entries.map(wordOf);

  test('chooses what a quorum of distinct nodes voted for, and tells it in the order of the slots', () => {
    const commander = proposing('x', 'y', 'z');
    expect(commander.accepted('a', 10, 3)).toEqual([]);
    expect(commander.accepted('a', 10, 3)).toEqual([]);
    expect(words(commander.accepted('b', 11, 2))).toEqual([]);
    expect(commander.commit).toBe(10);
    expect(words(commander.accepted('c', 10, 1))).toEqual(['x', 'y', 'z']);
    expect(commander.commit).toBe(13);
  });

  test('counts no stranger, and no vote for a slot that it never proposed', () => {
    const commander = proposing('x');
    commander.accepted('a', 10, 1);
    expect(commander.accepted('stranger', 10, 1)).toEqual([]);
    expect(commander.accepted('b', 11, 4_000_000_000)).toEqual([]);
    expect(commander.accepted('b', 0, 4_000_000_000)).toHaveLength(1);
  });

  test('goes on above what others have forgotten', () => {
    const commander = proposing('x', 'y');
    commander.skip(20);
    expect([commander.commit, commander.next, commander.openSlots, commander.openBytes]).toEqual([20, 20, 0, 0]);
  });

  test('knows what each node has not voted for, in consecutive ranges, until it is chosen', () => {
    const commander = proposing('u', 'v', 'w', 'x');
    commander.accepted('a', 11, 1);
    commander.accepted('b', 13, 1);
    commander.accepted('c', 13, 1);
    expect(commander.unanswered('a', 0).map(({ first, entries }) => [first, words(entries)])).toEqual([
      [10, ['u']],
      [12, ['w']],
    ]);
    expect(commander.unanswered('b', -1)).toEqual([]);
  });
});

describe('the clock of the log', () => {
  test('never goes back, whatever the wall clock does, and gains no more than an eighth on real time', () => {
    const step = fc.record({ elapsed: fc.nat(10_000), jump: fc.integer({ min: -1_000_000, max: 1_000_000 }) });
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), fc.array(step, { maxLength: 30 }), (last, wall, steps) => {
        const clock = new LogClock(last, wall, 0);
        let [now, before] = [0, Math.max(last, wall)];
        for (const { elapsed, jump } of steps) {
          now += elapsed;
          const stamp = clock.stamp(wall + now + jump, now);
          expect(stamp).toBeGreaterThanOrEqual(Math.floor(before));
          expect(stamp).toBeLessThanOrEqual(before + elapsed * 1.125 + 1);
          expect(Number.isSafeInteger(stamp)).toBe(true);
          before = stamp;
        }
      }),
    );
  });
});

describe('a snapshot', () => {
  const pieces = fc
    .array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 4 })
    .map((sizes) => sizes.map((size, i) => new Uint8Array(size).fill(i + 1)));

  test('arrives piece by piece as it was cut, over a network that loses and repeats', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.constantFrom('lose', 'twice', 'late', 'once'), { maxLength: 40 }), (cut, fates) => {
        const sender = new SnapshotSender(new SeededRandom(1));
        const receiver = new SnapshotReceiver('donor', 7);
        let cuts = 0;
        const late: SnapshotFragment[] = [];
        const ask = (fragment: number): SnapshotFragment | undefined =>
          sender.fragment('me', 7, fragment, 0, () => {
            cuts++;
            return { next: 5, pieces: cut };
          });
        let done = false;
        for (let i = 0; !done && i < 1000; i++) {
          const expected = receiver.expected;
          const answer = ask(expected);
          // A late copy of an earlier request must not begin the transfer anew.
          if (expected > 1) ask(expected - 2);
          const fate = fates[i] ?? 'once';
          if (answer === undefined || fate === 'lose') continue;
          if (fate === 'late') late.push(answer);
          else for (let n = fate === 'twice' ? 2 : 1; n > 0; n--) done = (receiver.take(answer) && answer.last) || done;
          for (const old of late) if (old.fragment < receiver.expected) expect(receiver.take(old)).toBe(false);
        }
        expect(receiver.pieces.map(({ length }) => length)).toEqual(cut.map(({ length }) => length));
        expect(receiver.pieces.every((piece, i) => piece.every((byte) => byte === i + 1))).toBe(true);
        expect(cuts).toBe(1);
      }),
      { numRuns: 25 },
    );
  });
});

// Seed 802913 of multi-paxos on four nodes: a replica that was none of the two.
test('a snapshot is of one view, though its donor started again and cut another under the number of the transfer', () => {
  const cutOf = (byte: number) => () => ({ next: 5, pieces: [1, 2, 3].map(() => new Uint8Array(4).fill(byte)) });
  const [before, after] = [new SnapshotSender(new SeededRandom(1)), new SnapshotSender(new SeededRandom(2))];
  const receiver = new SnapshotReceiver('donor', 7);
  const take = (fragment: SnapshotFragment | undefined): boolean => fragment !== undefined && receiver.take(fragment);
  expect(take(before.fragment('me', 7, 0, 0, cutOf(1)))).toBe(true);
  // A copy of the request for the first fragment comes to the donor's next life.
  expect(take(after.fragment('me', 7, 0, 0, cutOf(2)))).toBe(false);
  expect(take(after.fragment('me', 7, receiver.expected, 0, cutOf(2)))).toBe(false);
  expect(take(before.fragment('me', 7, receiver.expected, 0, cutOf(1)))).toBe(true);
  expect(receiver.pieces.map(([byte]) => byte)).toEqual([1, 1]);
});

describe('a donor of snapshots', () => {
  const cut = () => ({ next: 5, pieces: [new Uint8Array(10), new Uint8Array(10)] });

  test('serves two receivers at a time, and a third within a second of when one of them was sent all', () => {
    const donor = new SnapshotSender(new SeededRandom(1));
    const ask = (node: string, fragment: number, at: number): boolean => donor.fragment(node, 7, fragment, at, cut) !== undefined;
    for (const node of ['a', 'b']) expect(ask(node, 0, 0)).toBe(true);
    expect(ask('a', 1, 100)).toBe(true);
    expect(ask('c', 0, 200)).toBe(false);
    // Its last fragment was lost: it asks again.
    expect(ask('a', 1, 400)).toBe(true);
    expect(ask('c', 0, 1300)).toBe(false);
    expect(ask('c', 0, 1500)).toBe(true);
    // One that was not sent all keeps its place for long.
    expect(ask('d', 0, 20_000)).toBe(false);
    expect(ask('b', 1, 29_000)).toBe(true);
  });

  test('lets go of the view of a receiver that has not asked for 30 s', () => {
    const donor = new SnapshotSender(new SeededRandom(1));
    donor.fragment('a', 7, 0, 0, cut);
    donor.letGo(30_000);
    expect(donor.fragment('a', 7, 0, 30_000, cut)).toBeDefined();
    donor.letGo(60_001);
    expect(donor.fragment('a', 7, 1, 60_001, cut)).toBeUndefined();
  });

  test('keeps the last fragment of one that was sent all while nobody waits', () => {
    const donor = new SnapshotSender(new SeededRandom(1));
    for (const fragment of [0, 1]) donor.fragment('a', 7, fragment, 0, cut);
    expect(donor.fragment('b', 8, 0, 20_000, cut)).toBeDefined();
    expect(donor.fragment('a', 7, 1, 20_000, cut)).toMatchObject({ last: true });
  });
});

describe('the tail of the log', () => {
  test('keeps the newest entries within its bounds', () => {
    const tail = new LogTail(5, 3, 1 << 20);
    for (const value of ['v', 'w', 'x', 'y']) tail.push(entryOf(value));
    expect(tail.first).toBe(6);
    expect(tail.from(7, 1 << 20).map(wordOf)).toEqual(['x', 'y']);
    expect(tail.from(6, 1).map(wordOf)).toEqual(['w']);
    tail.reset(20);
    expect([tail.first, tail.from(20, 100)]).toEqual([20, []]);
  });
});

describe('entries that come before those below them', () => {
  test('are kept within bounds of slots and of bytes, and what was taken or forgotten makes room again', () => {
    const size = sizeOfEntry(entryOf('x'));
    const bySlots = new EarlyEntries(2, 100 * size);
    expect([5, 6, 7].map((slot) => bySlots.add(slot, entryOf('x')))).toEqual([true, true, false]);
    const byBytes = new EarlyEntries(100, 2 * size);
    expect([5, 5, 6, 7].map((slot) => byBytes.add(slot, entryOf('x')))).toEqual([true, true, true, false]);
    expect([byBytes.take(4), byBytes.take(5)]).toEqual([undefined, entryOf('x')]);
    expect([7, 8].map((slot) => byBytes.add(slot, entryOf('y')))).toEqual([true, false]);
    byBytes.forgetBelow(7);
    expect(byBytes.add(8, entryOf('z'))).toBe(true);
    expect([5, 6, 7, 8].map((slot) => byBytes.take(slot))).toEqual([undefined, undefined, entryOf('y'), entryOf('z')]);
  });
});

describe('options', () => {
  test('that are given in part keep the defaults of the rest, at any depth', () => {
    const whole = withDefaults({ retry: 200.5, window: { slots: 8 }, election: { most: 9000 } });
    expect(whole).toEqual({
      ...DEFAULTS,
      retry: 200.5,
      window: { slots: 8, bytes: DEFAULTS.window.bytes },
      election: { least: DEFAULTS.election.least, most: 9000 },
    });
    expect(withDefaults({})).toEqual(DEFAULTS);
  });
});

describe('the patience of a candidate', () => {
  test('grows when it was preempted, shrinks a little with progress, and stays within its bounds', () => {
    const timeout = new ElectionTimeout(400, 5000, { uint32: () => 0xffff_ffff });
    expect(timeout.jittered()).toBeLessThan(400 + 400 / 3 + 1);
    for (let i = 0; i < 20; i++) timeout.preempted();
    expect(timeout.time).toBe(5000);
    timeout.progressed();
    expect(timeout.time).toBe(4980);
    for (let i = 0; i < 1000; i++) timeout.progressed();
    expect(timeout.time).toBe(400);
  });

  test('knows who was heard of since when', () => {
    const contact = new Contact(['a', 'b'], 100);
    contact.heard('b', 200);
    contact.heard('stranger', 300);
    expect([...contact.since(150)]).toEqual(['b']);
    expect([...contact.since(100)]).toEqual(['a', 'b']);
  });
});
