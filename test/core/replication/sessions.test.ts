import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SessionLimits, SessionTable } from '../../../packages/core/src/replication/sessions.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const table = (limits: Partial<SessionLimits> = {}) => {
  const sessions = new SessionTable({ sessions: 100, bytes: 1 << 20, outstanding: 100, ...limits });
  /** Admits a batch, and executes it if it may: the first byte of its result is its seq. */
  const run = (id: number, seq: number, floor = 1, size = 1): string => {
    const admission = sessions.admit(id, seq, floor);
    if (admission.admission !== 'execute') return admission.admission;
    const result = new Uint8Array(size);
    result[0] = seq;
    sessions.executed(id, seq, result);
    return 'execute';
  };
  const held = (...ids: number[]): boolean[] => {
    // Asked on a copy: asking counts as use.
    const copy = new SessionTable({ sessions: 100, bytes: 1 << 20, outstanding: 100 });
    copy.restore(sessions.snapshot());
    return ids.map((id) => copy.admit(id, Number.MAX_SAFE_INTEGER, 1).admission !== 'no session');
  };
  return { sessions, run, held };
};

describe('a session', () => {
  test('is named by the slot of its registration, and its nonce names it ever after', () => {
    const { sessions } = table();
    expect(sessions.open('nonce', 5)).toBe(5);
    expect(sessions.open('nonce', 9)).toBe(5);
    expect(sessions.open('another', 9)).toBe(9);
    expect(sessions.size).toBe(2);
  });

  test('executes a batch once, and answers a repetition with the result of the first time', () => {
    const { sessions, run } = table();
    sessions.open('n', 1);
    expect(run(1, 1)).toBe('execute');
    expect(sessions.admit(1, 1, 1)).toEqual({ admission: 'executed', result: bytes(1) });
    expect(run(1, 1)).toBe('executed');
  });

  test('executes what it has not seen at or above the floor in any order', () => {
    const { sessions, run } = table();
    sessions.open('n', 1);
    expect([5, 2, 9, 1].map((seq) => run(1, seq))).toEqual(['execute', 'execute', 'execute', 'execute']);
    expect([9, 5, 2, 1].map((seq) => run(1, seq))).toEqual(['executed', 'executed', 'executed', 'executed']);
  });

  test('calls stale what is below the floor, executed or not, and forgets the results there', () => {
    const { sessions, run } = table();
    sessions.open('n', 1);
    run(1, 1);
    run(1, 3);
    expect(run(1, 4, 3)).toBe('execute');
    expect(run(1, 1)).toBe('stale');
    expect(run(1, 2)).toBe('stale');
    expect(run(1, 3)).toBe('executed');
  });

  test('never lowers its floor for a late request that carries an old one', () => {
    const { sessions, run } = table();
    sessions.open('n', 1);
    run(1, 10, 10);
    expect(run(1, 9, 1)).toBe('stale');
  });

  test('that is not here executes nothing: whether it did before cannot be told', () => {
    const { run } = table();
    expect(run(7, 1)).toBe('no session');
  });

  test('refuses more outstanding batches than it keeps results for, until the floor rises', () => {
    const { sessions, run } = table({ outstanding: 3 });
    sessions.open('n', 1);
    expect([1, 2, 3, 4].map((seq) => run(1, seq))).toEqual(['execute', 'execute', 'execute', 'too many outstanding']);
    expect(run(1, 2)).toBe('executed');
    expect(run(1, 4, 2)).toBe('execute');
  });
});

describe('eviction', () => {
  test('by count takes the session that was longest unused in the log', () => {
    const { sessions, run, held } = table({ sessions: 3 });
    for (const id of [1, 2, 3]) sessions.open(`n${id}`, id);
    run(1, 1);
    sessions.open('n4', 4);
    expect(held(1, 2, 3, 4)).toEqual([true, false, true, true]);
  });

  test('by bytes takes the longest unused until the results fit', () => {
    const { sessions, run, held } = table({ bytes: 100 });
    for (const id of [1, 2, 3]) sessions.open(`n${id}`, id);
    for (const id of [1, 2, 3]) run(id, 1, 1, 30);
    expect(held(1, 2, 3)).toEqual([true, true, true]);
    run(3, 2, 1, 40);
    expect(held(1, 2, 3)).toEqual([false, true, true]);
    run(3, 3, 1, 40);
    expect(held(1, 2, 3)).toEqual([false, false, true]);
  });

  test('never takes the session in use, though it alone be too large', () => {
    const { sessions, run, held } = table({ bytes: 100 });
    sessions.open('n', 1);
    expect(run(1, 1, 1, 500)).toBe('execute');
    expect(held(1)).toEqual([true]);
    expect(run(1, 1)).toBe('executed');
  });

  test('is by what is really kept: a result holds on to nothing that was written beside it', () => {
    const { sessions } = table();
    sessions.open('n', 1);
    sessions.executed(1, 1, new Uint8Array(new ArrayBuffer(1 << 20), 100, 16));
    const copy = table().sessions;
    copy.restore(sessions.snapshot());
    for (const one of [sessions, copy]) {
      const admission = one.admit(1, 1, 1);
      expect(admission.admission === 'executed' && admission.result.buffer.byteLength).toBe(16);
    }
  });

  test('counts results that the floor let go as gone', () => {
    const { sessions, run, held } = table({ bytes: 100 });
    for (const id of [1, 2]) sessions.open(`n${id}`, id);
    for (let seq = 1; seq <= 20; seq++) expect(run(2, seq, seq, 60)).toBe('execute');
    expect(held(1, 2)).toEqual([true, true]);
  });

  test('frees the nonce: the same client then opens another session, and an old retry is never executed', () => {
    const { sessions, run } = table({ sessions: 1 });
    sessions.open('n1', 1);
    run(1, 1);
    sessions.open('n2', 2);
    expect(run(1, 1)).toBe('no session');
    expect(sessions.open('n1', 3)).toBe(3);
  });
});

/** What a client, or the network in its place, may do to the table. */
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ step: fc.constant('open' as const), nonce: fc.constantFrom('a', 'b', 'c', 'd', 'e') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      step: fc.constant('batch' as const),
      session: fc.nat(11),
      seq: fc.integer({ min: 1, max: 8 }),
      floor: fc.integer({ min: 1, max: 4 }),
      size: fc.nat(40),
    }),
  },
);

describe('the session table', () => {
  const limits = { sessions: 3, bytes: 120, outstanding: 4 };

  test('is the same at every replica, also at one that took it from a snapshot on the way', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, at) => {
        const one = table(limits);
        let other = table(limits);
        const apply = ({ sessions, run }: typeof one, i: number): unknown => {
          const next = steps[i] as (typeof steps)[number];
          return next.step === 'open' ? sessions.open(next.nonce, i) : run(next.session, next.seq, next.floor, next.size + 1);
        };
        for (let i = 0; i < steps.length; i++) {
          if (i === at) {
            const bytes = other.sessions.snapshot();
            other = table(limits);
            other.sessions.restore(bytes);
          }
          expect(apply(other, i)).toEqual(apply(one, i));
          expect(one.sessions.snapshot()).toEqual(other.sessions.snapshot());
        }
      }),
      { numRuns: 200 },
    );
  });

  test('executes no number of a session twice, and keeps within its bounds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { sessions, run } = table(limits);
        const executed = new Set<string>();
        steps.forEach((next, i) => {
          if (next.step === 'open') sessions.open(next.nonce, i);
          else if (run(next.session, next.seq, next.floor, next.size) === 'execute') {
            const number = `${next.session}:${next.seq}`;
            expect(executed.has(number)).toBe(false);
            executed.add(number);
          }
          expect(sessions.size).toBeLessThanOrEqual(limits.sessions);
        });
      }),
      { numRuns: 200 },
    );
  });

  test('refuses bytes that are no snapshot of it', () => {
    const { sessions } = table();
    sessions.open('n', 1);
    const whole = sessions.snapshot();
    for (let length = 0; length < whole.length; length++) expect(() => table().sessions.restore(whole.subarray(0, length))).toThrow();
    expect(() => table().sessions.restore(Uint8Array.of(...whole, 0))).toThrow('1 bytes too many');
  });
});
