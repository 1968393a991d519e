import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Epoch, type Epochs, lastOf, NO_EPOCHS } from '../../../packages/core/src/consensus/enrolment/epochs.js';
import type { Enrol } from '../../../packages/core/src/consensus/enrolment/messages.js';
import { keptIn, recoverAcceptor, votesRecord } from '../../../packages/core/src/consensus/multi-paxos/acceptor-log.js';
import type { Promise1b, Vote } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { DEFAULTS } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { AcceptorBench, addressOf, ballotOf, entryOf, wordOf } from './synod.js';

const promised = (answers: readonly { kind: string }[]): Promise1b[] => answers.filter(({ kind }) => kind === 'promise') as Promise1b[];
const votesOf = (answers: readonly { kind: string }[]): string[] =>
  promised(answers).flatMap(({ votes }) =>
    votes.map(({ slot, ballot, entry }: Vote) => `${slot}:${ballot.round}.${ballot.node}=${wordOf(entry)}`),
  );

describe('an acceptor', () => {
  test('that promised ballot 2 rejects an accept at ballot 1, and says what it promised', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.prepare('2.B');
    expect(acceptor.accept('1.A', 0, ['x'])).toEqual([{ kind: 'nack', ballot: ballotOf('1.A'), promised: ballotOf('2.B') }]);
    expect(votesOf(acceptor.prepare('3.C'))).toEqual([]);
  });

  test('persists its promise before it answers, and only once for a repeated Prepare', () => {
    const acceptor = new AcceptorBench('a1');
    const before = acceptor.records.length;
    acceptor.prepare('2.B');
    expect(acceptor.records.length).toBe(before + 1);
    expect(acceptor.prepare('2.B')).toMatchObject([{ kind: 'promise', ballot: ballotOf('2.B') }]);
    expect(acceptor.records.length).toBe(before + 1);
  });

  test('answers a repeated Accept again without a second record, and a second value at the same ballot not at all', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.accept('1.A', 4, ['x', 'y']);
    const before = acceptor.records.length;
    expect(acceptor.accept('1.A', 4, ['x', 'y'])).toEqual([{ kind: 'accepted', ballot: ballotOf('1.A'), first: 4, count: 2 }]);
    expect(acceptor.records.length).toBe(before);
    expect(acceptor.accept('1.A', 5, ['z'])).toEqual([]);
    expect(votesOf(acceptor.prepare('2.B'))).toEqual(['4:1.A=x', '5:1.A=y']);
  });

  test('raises its promise by voting, and by the heartbeat of a ballot that it had not promised', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.accept('3.A', 0, ['x']);
    expect(acceptor.prepare('2.B')).toMatchObject([{ kind: 'nack', promised: ballotOf('3.A') }]);
    expect(acceptor.heartbeat('5.C', { round: 7 })).toEqual([{ kind: 'heard', ballot: ballotOf('5.C'), round: 7, end: 0 }]);
    expect(acceptor.gauges.promised).toBe('5.C');
    expect(acceptor.traced.filter(({ event }) => event === 'promise')).toEqual([{ event: 'promise', ballot: ballotOf('5.C') }]);
    expect(acceptor.accept('3.A', 1, ['y'])).toMatchObject([{ kind: 'nack', promised: ballotOf('5.C') }]);
    acceptor.restart();
    expect(acceptor.prepare('4.B')).toMatchObject([{ kind: 'nack', promised: ballotOf('5.C') }]);
  });

  test('never confirms a heartbeat below what it promised', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.prepare('2.B');
    expect(acceptor.heartbeat('1.A', { round: 9 })).toMatchObject([{ kind: 'nack' }]);
  });

  test('reports every vote from the slot asked for, those known to be chosen included', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.accept('1.A', 0, ['v', 'w', 'x', 'y'], { commit: 0 });
    acceptor.heartbeat('1.A', { commit: 3 });
    const answers = acceptor.prepare('2.B', 1);
    expect(votesOf(answers)).toEqual(['1:1.A=w', '2:1.A=x', '3:1.A=y']);
    expect(promised(answers)).toMatchObject([{ chosen: 3, truncated: 0, chunk: 0, chunks: 1 }]);
  });

  test('keeps what it voted for in its own record, not in the frame that it came in, and nothing beside it', () => {
    const ballot = ballotOf('7.longer-name');
    for (const words of [
      ['x', 'yyy', '', 'zz'],
      ['x', 'y'.repeat(5000)],
    ]) {
      const entries = words.map((word) => ({ ...entryOf(word), learner: word.slice(0, 5) }));
      const record = votesRecord(ballot, 4, entries, 3);
      const kept = keptIn(record, ballot, entries);
      expect(kept).toEqual(entries.map((entry) => ({ ...entry, payload: new Uint8Array(entry.payload) })));
      for (const { payload } of kept) expect(payload.buffer.byteLength).toBe(record.length);
      expect(new Set(kept.map(({ payload }) => payload.buffer)).size).toBe(1);
    }
  });

  test('says below which slot it has forgotten, and refuses to vote there', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.accept('1.A', 0, ['v', 'w', 'x', 'y']);
    acceptor.heartbeat('1.A', { commit: 3, truncate: 2 });
    expect(promised(acceptor.prepare('2.B', 0))).toMatchObject([{ truncated: 2, chosen: 3 }]);
    expect(acceptor.accept('2.B', 1, ['z'])).toEqual([{ kind: 'truncated', ballot: ballotOf('2.B'), below: 2 }]);
  });

  test('forgets nothing that it does not know to be chosen', () => {
    const acceptor = new AcceptorBench('a1');
    acceptor.accept('1.A', 0, ['v', 'w', 'x', 'y'], { commit: 1, truncate: 3 });
    expect(votesOf(acceptor.prepare('2.B', 0))).toHaveLength(4);
  });

  test('forgets what a leap of the truncation passes over, however far it is, and nothing above', () => {
    const acceptor = new AcceptorBench('a1');
    const far = 1e12;
    acceptor.accept('1.A', 0, ['v', 'w']);
    acceptor.accept('1.A', far, ['x', 'y'], { commit: far + 1, truncate: far });
    expect(acceptor.gauges).toMatchObject({ votes: 2, truncatedBelow: far, chosen: far + 1 });
    expect(votesOf(acceptor.prepare('2.B', 0))).toEqual([`${far}:1.A=x`, `${far + 1}:1.A=y`]);
    acceptor.heartbeat('2.B', { commit: far + 2, truncate: far + 2 });
    expect(acceptor.gauges).toMatchObject({ votes: 0, retainedBytes: 0 });
  });

  test('cuts a long promise into chunks that together hold every vote', () => {
    const acceptor = new AcceptorBench('a1');
    const large = Array.from({ length: 10 }, (_, i) => String.fromCharCode(97 + i).repeat(100));
    for (const [slot, value] of large.entries()) {
      const entry = { ...entryOf(value.charAt(0)), payload: new Uint8Array(100_000).fill(slot) };
      acceptor.tell({ kind: 'accept', ballot: ballotOf('1.A'), first: slot, entries: [entry], commit: 0, truncate: 0 });
    }
    const chunks = promised(acceptor.prepare('2.B', 0));
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.map(({ chunk }) => chunk)).toEqual(chunks.map((_, i) => i));
    for (const one of chunks) expect(one.chunks).toBe(chunks.length);
    expect(chunks.flatMap(({ votes }) => votes.map(({ slot }) => slot))).toEqual(large.map((_, slot) => slot));
  });

  test('ignores a leap of rounds that no honest node makes, so that one bad message cannot exhaust them', () => {
    const acceptor = new AcceptorBench('a1');
    const leap = `${2 ** 40}.Z`;
    expect([...acceptor.prepare(leap), ...acceptor.accept(leap, 0, ['x']), ...acceptor.heartbeat(leap)]).toEqual([]);
    expect(acceptor.prepare('1.A')).toMatchObject([{ kind: 'promise' }]);
  });

  test('tells a candidate that it heard of a leader lately, and that it did not', () => {
    const acceptor = new AcceptorBench('a1');
    const probe = { kind: 'probe', nonce: 5, silence: 400 } as const;
    expect(acceptor.tell(probe)).toMatchObject([{ kind: 'probed', nonce: 5, silent: true }]);
    acceptor.now = 1000;
    acceptor.heartbeat('1.A');
    acceptor.now = 1399;
    expect(acceptor.tell(probe)).toMatchObject([{ silent: false, promised: ballotOf('1.A') }]);
    acceptor.now = 1400;
    expect(acceptor.tell(probe)).toMatchObject([{ silent: true }]);
    expect(acceptor.records.length).toBe(recordsOf('1.A'));
  });
});

/** Formation and one promise: what an acceptor holds that only heard a leader. */
const recordsOf = (ballot: string): number => {
  const acceptor = new AcceptorBench('a1');
  acceptor.prepare(ballot);
  return acceptor.records.length;
};

describe('an acceptor hands decided entries to the learner of its node', () => {
  const learning = () => {
    const acceptor = new AcceptorBench('a1', ['a1'], 'with a learner');
    const handed = (): unknown[] =>
      acceptor.said.flatMap(({ message }) =>
        message.kind === 'chosen' ? [[message.first, message.entries.map(wordOf), message.commit]] : [],
      );
    return { acceptor, handed };
  };

  test('once the learner has said where it stands, and in order', () => {
    const { acceptor, handed } = learning();
    acceptor.accept('1.A', 0, ['v', 'w', 'x'], { commit: 0 });
    acceptor.heartbeat('1.A', { commit: 2 });
    expect(handed()).toEqual([]);
    acceptor.tell({ kind: 'resume', next: 0 }, addressOf('a1', 'learner'));
    expect(handed()).toEqual([[0, ['v', 'w'], 2]]);
    acceptor.heartbeat('1.A', { commit: 3 });
    expect(handed()).toEqual([[2, ['x'], 3]]);
  });

  test('but only votes at the ballot of whoever says that they are chosen, or above (S4.2)', () => {
    const { acceptor, handed } = learning();
    acceptor.tell({ kind: 'resume', next: 0 }, addressOf('a1', 'learner'));
    acceptor.accept('1.A', 0, ['x']);
    acceptor.heartbeat('2.B', { commit: 1 });
    expect(handed()).toEqual([[0, [], 1]]);
    acceptor.accept('2.B', 0, ['y'], { commit: 1 });
    expect(handed()).toEqual([[0, ['y'], 1]]);
  });

  test('and stops at a hole until that is filled', () => {
    const { acceptor, handed } = learning();
    acceptor.tell({ kind: 'resume', next: 0 }, addressOf('a1', 'learner'));
    acceptor.accept('1.A', 0, ['v']);
    acceptor.accept('1.A', 2, ['x'], { commit: 3 });
    expect(handed()[0]).toEqual([0, ['v'], 3]);
    acceptor.accept('1.A', 1, ['w'], { commit: 3 });
    expect(handed()).toEqual([[1, ['w', 'x'], 3]]);
  });
});

const step = fc.oneof(
  fc.record({ act: fc.constant('prepare' as const), ballot: fc.constantFrom('1.A', '2.B', '3.A', '3.C', '7.B'), from: fc.nat(12) }),
  fc.record({
    act: fc.constant('accept' as const),
    ballot: fc.constantFrom('1.A', '2.B', '3.A', '3.C', '7.B'),
    from: fc.nat(6),
    count: fc.integer({ min: 1, max: 4 }),
    commit: fc.nat(14),
    truncate: fc.nat(12),
  }),
  fc.record({ act: fc.constant('heartbeat' as const), ballot: fc.constantFrom('2.B', '3.C'), commit: fc.nat(14), truncate: fc.nat(12) }),
  fc.record({
    act: fc.constant('enrol' as const),
    node: fc.constantFrom('a2', 'x'),
    generation: fc.constantFrom('first', 'second'),
    epochs: fc.record({ first: fc.integer({ min: 1, max: 3 }), nonces: fc.array(fc.nat(1), { maxLength: 3 }) }),
  }),
  fc.record({ act: fc.constant('restart' as const) }),
);

describe('what an acceptor persisted', () => {
  // A small log, so that checkpoints happen: each entry takes some 50 bytes.
  const options = { ...DEFAULTS, snapshot: { slots: 1000, bytes: 400 } };
  const bench = () => new AcceptorBench('a1', ['a1'], 'without a learner', options);

  const perform = (acceptor: AcceptorBench, next: typeof step extends fc.Arbitrary<infer S> ? S : never): string[] => {
    const answers = ((): readonly { kind: string }[] => {
      switch (next.act) {
        case 'prepare':
          return acceptor.prepare(next.ballot, next.from);
        case 'accept':
          // The value depends on ballot and slot alone, as an honest leader's does.
          return acceptor.accept(
            next.ballot,
            next.from,
            Array.from({ length: next.count }, (_, i) => `${next.ballot}@${next.from + i}`),
            next,
          );
        case 'heartbeat':
          return acceptor.heartbeat(next.ballot, next);
        case 'enrol':
          return acceptor.tell({ kind: 'enrol', generation: next.generation, epochs: next.epochs }, addressOf(next.node, 'leader'));
        case 'restart':
          return [];
      }
    })();
    return answers.map(({ kind }) => kind);
  };

  test('gives back its promise and its votes, so that a life of many restarts answers as one without', () => {
    let checkpoints = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [steady, shaken] = [bench(), bench()];
        // One that restarted may have forgotten less, and votes where the other cannot: so nobody proposes where one has truncated.
        let truncated = 0;
        for (const one of steps) {
          if ('truncate' in one) truncated = Math.max(truncated, one.truncate);
          const next = one.act === 'accept' ? { ...one, from: truncated + one.from } : one;
          if (next.act === 'restart') shaken.restart();
          expect(perform(shaken, next)).toEqual(perform(steady, next));
          for (const bench of [steady, shaken])
            if (bench.checkpoint !== undefined && bench.records.length === 0)
              bench.tell({ kind: 'checkpointed' }, addressOf('a1', 'acceptor'));
        }
        shaken.restart();
        const ask = { kind: 'probe', nonce: 0, silence: 0 } as const;
        expect(shaken.tell(ask)).toEqual(steady.tell(ask));
        for (const node of ['a2', 'x'])
          expect(shaken.tell({ kind: 'enrol', generation: 'third', epochs: NO_EPOCHS }, addressOf(node, 'leader'))).toEqual(
            steady.tell({ kind: 'enrol', generation: 'third', epochs: NO_EPOCHS }, addressOf(node, 'leader')),
          );
        const [live, recovered] = [steady.prepare('9.Z'), shaken.prepare('9.Z')];
        const forgotten = Math.max(...promised(live).map((promise) => promise.truncated));
        const kept = (answers: typeof live): string[] => votesOf(answers).filter((vote) => Number.parseInt(vote, 10) >= forgotten);
        expect(kept(recovered).sort()).toEqual(kept(live).sort());
        if (shaken.checkpoint !== undefined) checkpoints++;
      }),
      { numRuns: 200 },
    );
    expect(checkpoints).toBeGreaterThan(0);
  });

  test('holds its epochs back to the last that every acceptor has on record, in a checkpoint too', () => {
    const acceptor = new AcceptorBench('a1', ['a1', 'a2'], 'without a learner', options);
    const epochs = (): Epochs => (acceptor.start().find(({ kind }) => kind === 'enrol') as Enrol).epochs;
    const answer = (recorded: Epoch, ...nodes: string[]): void => {
      for (const node of nodes)
        acceptor.tell({ kind: 'enrolled', generation: 'first', recorded, formed: true, admitted: true }, addressOf(node, 'acceptor'));
    };
    const two = epochs();
    answer(lastOf(two), 'a1');
    const three = epochs();
    expect(three).toEqual({ first: 1, nonces: [...two.nonces, expect.any(Number)] });
    answer(lastOf(three), 'a1', 'a2');
    const four = epochs();
    expect(four).toEqual({ first: 3, nonces: [lastOf(three).nonce, expect.any(Number)] });
    answer(lastOf(four), 'a1', 'a2');
    for (let slot = 0; acceptor.checkpoint === undefined; slot++) acceptor.accept('1.A', slot, ['x'], { commit: slot, truncate: slot });
    const five = epochs();
    expect(five).toEqual({ first: 4, nonces: [lastOf(four).nonce, expect.any(Number)] });
    expect(epochs()).toEqual({ first: 4, nonces: [...five.nonces, expect.any(Number)] });
  });

  test('that is an old copy is refused however often it was started: no start makes it forget what it does not know', () => {
    const acceptor = new AcceptorBench('a1', ['a1', 'a2', 'a3']);
    for (let starts = 0; starts < 1100; starts++) acceptor.start();
    const recorded = { epoch: 2, nonce: 2 ** 32 - 1 };
    const answer = { kind: 'enrolled', generation: 'first', recorded, formed: true, admitted: true } as const;
    expect(() => acceptor.tell(answer, addressOf('a2', 'acceptor'))).toThrow('the data is an old copy');
  });

  // Seed 210727 of multi-paxos-store on seven nodes: a late question of a refused copy came to a node that had lost its data.
  test('is not refused by the word of an acceptor that was not formed', () => {
    const acceptor = new AcceptorBench('a1', ['a1', 'a2', 'a3']);
    for (let starts = 0; starts < 3; starts++) acceptor.start();
    const recorded = { epoch: 2, nonce: 2 ** 32 - 1 };
    const answer = { kind: 'enrolled', generation: 'first', recorded, admitted: false } as const;
    acceptor.tell({ ...answer, formed: false }, addressOf('a2', 'acceptor'));
    expect(() => acceptor.tell({ ...answer, formed: true }, addressOf('a2', 'acceptor'))).toThrow('the data is an old copy');
  });

  // Seed 600758 of multi-paxos-flexible on three nodes: a refused copy of one had the epoch of another on record, which went with it.
  test('is on record with all only once all that have it may vote themselves', () => {
    const acceptor = new AcceptorBench('a1', ['a1', 'a2', 'a3']);
    acceptor.start();
    const { epochs } = acceptor.start().find(({ kind }) => kind === 'enrol') as Enrol;
    const answer = { kind: 'enrolled', generation: 'first', recorded: lastOf(epochs), formed: true } as const;
    const told = (node: string, admitted: boolean): unknown => {
      acceptor.tell({ ...answer, admitted }, addressOf(node, 'acceptor'));
      return acceptor.gauges.onRecord;
    };
    expect(told('a1', true)).toBe(false);
    expect(told('a2', true)).toBe(false);
    expect(told('a3', false)).toBe(false);
    expect(acceptor.prepare('2.B')).toMatchObject([{ kind: 'promise' }]);
    expect(told('a3', true)).toBe(true);
  });

  test('goes on, in its last epoch, after so many starts that it can remember no more', () => {
    const acceptor = new AcceptorBench('a1', ['a1', 'a2', 'a3']);
    for (let starts = 0; starts < 1100; starts++) acceptor.start();
    const { epochs } = acceptor.start().find(({ kind }) => kind === 'enrol') as Enrol;
    expect(epochs.nonces.length).toBe(1024);
    for (const node of ['a1', 'a2'])
      acceptor.tell(
        { kind: 'enrolled', generation: 'first', recorded: lastOf(epochs), formed: true, admitted: true },
        addressOf(node, 'acceptor'),
      );
    expect(acceptor.prepare('2.B')).toMatchObject([{ kind: 'promise' }]);
  });

  test('is refused if an acceptor did not write it', () => {
    expect(() => recoverAcceptor({ records: [Uint8Array.of(99)] })).toThrow("an acceptor's record has kind 99");
    expect(() => recoverAcceptor({ records: [Uint8Array.of(1, 0, 0)] })).toThrow('bytes expected');
  });
});
