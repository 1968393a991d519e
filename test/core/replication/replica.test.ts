import { msgpack, type StateMachine, StorageError } from '@synod/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeCommands,
  decodeOutcomes,
  encodeCommands,
  encodeOutcomes,
  type Outcome,
  readResults,
} from '../../../packages/core/src/replication/batch.js';
import { type Entry, EntryType, emptyEntry } from '../../../packages/core/src/replication/entry.js';
import { ApplyError, Replica, type SlotOutcome } from '../../../packages/core/src/replication/replica.js';
import type { SessionLimits } from '../../../packages/core/src/replication/sessions.js';
import { MalformedError } from '../../../packages/core/src/transport/bytes.js';

type Command = { add: number } | { fail: string } | { wake: number };

/** Adds, remembers when it was told the time, and can be told to wake at some log time. */
class Adder implements StateMachine<Command, number, 'total', number> {
  total = 0;
  wakes: number[] = [];
  readonly told: string[] = [];

  apply(command: Command, { index, time }: { index: number; time: number }): number {
    this.told.push(`${index}@${time}`);
    if ('fail' in command) throw new Error(command.fail);
    if ('wake' in command) this.wakes.push(command.wake);
    else this.total += command.add;
    return this.total;
  }
  query(): number {
    return this.total;
  }
  snapshot(): Iterable<Uint8Array> {
    return [msgpack().encode([this.total, this.wakes])];
  }
  restore(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) [this.total, this.wakes] = msgpack<[number, number[]]>().decode(piece);
  }
  deadline(): number | undefined {
    return this.wakes.length === 0 ? undefined : Math.min(...this.wakes);
  }
  advance(time: number): void {
    this.told.push(`advance@${time}`);
    this.wakes = this.wakes.filter((wake) => wake > time);
  }
}

const CODECS = { command: msgpack(), result: msgpack(), query: msgpack(), answer: msgpack() };
const replicaOf = (machine: StateMachine = new Adder() as StateMachine, limits?: SessionLimits) => new Replica(machine, CODECS, limits);

const NONCE = Uint8Array.from({ length: 16 }, (_, i) => i);
const open = (nonce = NONCE, time = 0): Entry => ({
  ...emptyEntry(EntryType.Noop, time),
  type: EntryType.Open,
  origin: 'a',
  payload: nonce,
});
const batch = (seq: number, commands: readonly unknown[], time = 0, session = 0): Entry => ({
  ...emptyEntry(EntryType.Noop, time),
  type: EntryType.Batch,
  session,
  seq,
  floor: 1,
  origin: 'a',
  payload: encodeCommands(commands.map((command) => (command instanceof Uint8Array ? command : msgpack().encode(command)))),
});

const outcomes = (outcome: SlotOutcome | undefined): unknown[] => {
  if (outcome?.outcome !== 'executed') return [outcome?.outcome];
  const results = readResults(outcome.results);
  if ('together' in results) return decodeCommands(results.together).map((bytes) => msgpack().decode(bytes));
  return results.outcomes.map(({ ok, bytes }) => (ok ? msgpack().decode(bytes) : new TextDecoder().decode(bytes)));
};

/** Bytes come back as views of one kind or another. */
const plain = (values: readonly unknown[] | undefined): unknown[] | undefined =>
  values?.map((value) => (value instanceof Uint8Array ? [...value] : value));

describe('the batches of msgpack', () => {
  test('hold what was encoded one by one, and what was encoded together, in the same form', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer(), fc.string(), fc.dictionary(fc.string(), fc.boolean()), fc.uint8Array()), { maxLength: 40 }),
        (values) => {
          const { encode, batch } = msgpack();
          const joined = batch?.decodeAll(batch.join(values.map(encode)));
          expect(plain(joined)).toEqual(plain(batch?.decodeAll(batch.encodeAll(values))));
          expect(joined?.length).toBe(values.length);
        },
      ),
    );
  });

  test('are not read from what is no batch', () => {
    expect(() => msgpack().batch?.decodeAll(msgpack().encode(7))).toThrow(TypeError);
  });
});

describe('a replica', () => {
  test('executes a batch command by command under its session, and tells the results in order', () => {
    const replica = replicaOf();
    expect(replica.execute(open())).toEqual({ outcome: 'opened', session: 0 });
    expect(outcomes(replica.execute(batch(1, [{ add: 2 }, { add: 3 }])))).toEqual([2, 5]);
    expect(replica.next).toBe(2);
  });

  test('executes a batch that stands in two slots once, with the same results', () => {
    const adder = new Adder();
    const replica = replicaOf(adder as StateMachine);
    replica.execute(open());
    const first = replica.execute(batch(1, [{ add: 2 }]));
    replica.execute(batch(2, [{ add: 10 }]));
    expect(replica.execute(batch(1, [{ add: 2 }]))).toEqual({ ...first, repeated: true });
    expect(adder.total).toBe(12);
  });

  test('executes nothing for no-ops and ticks, and answers nobody', () => {
    const replica = replicaOf();
    expect(replica.execute(emptyEntry(EntryType.Noop, 1))).toBeUndefined();
    expect(replica.execute(emptyEntry(EntryType.Tick, 2))).toBeUndefined();
    expect(replica.next).toBe(2);
  });

  test('refuses a batch with a command that cannot be decoded, in the same words everywhere, and executes none of it', () => {
    const adder = new Adder();
    const replica = replicaOf(adder as StateMachine);
    replica.execute(open());
    // An array of two, of which one is missing.
    const bad = Uint8Array.of(0x92, 1);
    expect(outcomes(replica.execute(batch(1, [{ add: 1 }, bad, { add: 1 }])))).toEqual(['the command cannot be decoded']);
    expect(adder.total).toBe(0);
  });

  test('refuses a whole batch that is no batch with one outcome, and remembers that it did', () => {
    const replica = replicaOf();
    replica.execute(open());
    const broken = { ...batch(1, []), payload: Uint8Array.of(1, 2, 3) };
    expect(outcomes(replica.execute(broken))).toEqual(['the command cannot be decoded']);
    expect(outcomes(replica.execute(batch(1, [{ add: 5 }])))).toEqual(['the command cannot be decoded']);
  });

  test('withholds a result that is too large to be told, though its command was executed', () => {
    const adder = new Adder();
    const replica = new Replica(
      adder as StateMachine,
      { ...CODECS, result: { encode: (sum) => new Uint8Array(sum as number), decode: () => 0 } },
      undefined,
      20,
    );
    replica.execute(open());
    const outcome = replica.execute(batch(1, [{ add: 15 }, { add: 1 }, { add: -12 }]));
    const told = outcome?.outcome === 'executed' ? readResults(outcome.results) : undefined;
    expect((told as { outcomes: readonly Outcome[] }).outcomes.map(({ ok, withheld }) => [ok, withheld])).toEqual([
      [true, undefined],
      [false, true],
      [true, undefined],
    ]);
    expect(adder.total).toBe(4);
    expect(replica.execute(batch(1, [{ add: 15 }]))).toEqual({ ...outcome, repeated: true });
  });

  test('stops at a throw in apply with an error that names slot and command', () => {
    const replica = replicaOf();
    replica.execute(open());
    replica.execute(emptyEntry(EntryType.Noop, 0));
    const run = (): unknown => replica.execute(batch(1, [{ add: 1 }, { fail: 'cannot' }]));
    expect(run).toThrow(ApplyError);
    expect(() => replicaAt(2).execute(batch(1, [{ add: 1 }, { fail: 'cannot' }]))).toThrow(
      expect.objectContaining({
        code: 'APPLY_FAILED',
        message: 'the state machine threw at slot 2, command 1 of its batch: Error: cannot',
      }),
    );
  });

  test('stops at a throw while log time advances', () => {
    const adder = new Adder();
    adder.advance = () => {
      throw new Error('late');
    };
    const replica = replicaOf(adder as StateMachine);
    replica.execute(open());
    replica.execute(batch(1, [{ wake: 10 }]));
    expect(() => replica.execute(emptyEntry(EntryType.Tick, 10))).toThrow(expect.objectContaining({ code: 'ADVANCE_FAILED' }));
  });

  test('never lets log time go back, though a slot be stamped earlier than the one before', () => {
    const adder = new Adder();
    const replica = replicaOf(adder as StateMachine);
    replica.execute(open(NONCE, 100));
    replica.execute(batch(1, [{ add: 1 }], 50));
    replica.execute(batch(2, [{ add: 1 }], 200));
    expect(adder.told).toEqual(['1@100', '2@200']);
    expect(replica.time).toBe(200);
  });

  test('advances what is due before the commands of a slot, and only then', () => {
    const adder = new Adder();
    const replica = replicaOf(adder as StateMachine);
    replica.execute(open());
    replica.execute(batch(1, [{ wake: 100 }], 10));
    expect(replica.deadline).toBe(100);
    replica.execute(batch(2, [{ add: 1 }], 99));
    replica.execute(batch(3, [{ add: 1 }], 120));
    expect(adder.told).toEqual(['1@10', '2@99', 'advance@120', '3@120']);
    expect(replica.deadline).toBeUndefined();
  });

  test('tells a throwing query as a refusal, and stops nothing', () => {
    const adder = new Adder();
    adder.query = () => {
      throw new Error('what total?');
    };
    const { ok, bytes } = replicaOf(adder as StateMachine).query(msgpack().encode('total'));
    expect([ok, new TextDecoder().decode(bytes)]).toEqual([false, 'what total?']);
  });

  test('goes on from a snapshot as the replica that made it: sessions, log time and state', () => {
    const command = fc.oneof(fc.record({ add: fc.nat(9) }), fc.record({ wake: fc.nat(300) }));
    const slot = fc.record({ seq: fc.integer({ min: 1, max: 6 }), commands: fc.array(command, { maxLength: 3 }), time: fc.nat(400) });
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 30 }), fc.nat(30), (slots, at) => {
        const one = replicaOf();
        let other = replicaOf();
        for (const replica of [one, other]) replica.execute(open());
        slots.forEach(({ seq, commands, time }, i) => {
          if (i === at) {
            const pieces = [...other.snapshot()];
            other = replicaOf();
            other.restore(pieces);
          }
          expect(other.execute(batch(seq, commands, time))).toEqual(one.execute(batch(seq, commands, time)));
          expect([other.next, other.time, other.deadline]).toEqual([one.next, one.time, one.deadline]);
        });
        expect([...other.snapshot()]).toEqual([...one.snapshot()]);
      }),
      { numRuns: 150 },
    );
  });

  test('refuses a snapshot of another format, an empty one, and a damaged one', () => {
    const [head, ...rest] = [...replicaAt(3).snapshot()] as [Uint8Array];
    expect(() => replicaOf().restore([])).toThrow(MalformedError);
    expect(() => replicaOf().restore([Uint8Array.of(9, ...head.subarray(1)), ...rest])).toThrow(StorageError);
    for (let length = 0; length < head.length; length++) expect(() => replicaOf().restore([head.subarray(0, length), ...rest])).toThrow();
  });
});

const replicaAt = (next: number): Replica => {
  const replica = replicaOf();
  replica.execute(open());
  while (replica.next < next) replica.execute(emptyEntry(EntryType.Noop, 0));
  return replica;
};

describe('the codecs of a batch', () => {
  const blobs = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 8 });

  test('bring commands and outcomes back as they were', () => {
    fc.assert(
      fc.property(blobs, (commands) => {
        expect(decodeCommands(encodeCommands(commands))).toEqual(commands);
      }),
    );
    const bytes = fc.uint8Array({ maxLength: 30 });
    const withheld = fc.record({ ok: fc.constant(false), bytes, withheld: fc.constant(true as const) });
    const outcome = fc.oneof(fc.record({ ok: fc.boolean(), bytes }), withheld);
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 8 }), (all) => {
        expect(decodeOutcomes(encodeOutcomes(all))).toEqual(all);
      }),
    );
  });

  test('refuse every cut and every surplus', () => {
    fc.assert(
      fc.property(blobs, (commands) => {
        const whole = encodeCommands(commands);
        for (let length = 0; length < whole.length; length++)
          expect(() => decodeCommands(whole.subarray(0, length))).toThrow(MalformedError);
        expect(() => decodeCommands(Uint8Array.of(...whole, 0))).toThrow(MalformedError);
      }),
      { numRuns: 30 },
    );
  });
});

describe('msgpack, the codec unless said otherwise', () => {
  test.each<[string, unknown]>([
    ['plain data', { a: [1, -2, 3.5, null, true], ü: 'text' }],
    ['undefined', undefined],
    ['bytes', Uint8Array.of(1, 2, 3)],
    ['a date', new Date(1_700_000_000_000)],
    ['a bigint', 2n ** 60n],
    ['a large integer', Number.MAX_SAFE_INTEGER],
  ])('brings back %s', (_, value) => {
    const decoded = msgpack().decode(msgpack().encode(value));
    // Bytes come back as a view; what they are is what counts.
    if (value instanceof Uint8Array) expect([...(decoded as Uint8Array)]).toEqual([...value]);
    else expect(decoded).toEqual(value);
  });

  test('does not reuse the bytes that it gave out', () => {
    const codec = msgpack<unknown>();
    const first = codec.encode({ text: 'x'.repeat(1000) });
    const copy = first.slice();
    for (let i = 0; i < 100; i++) codec.encode({ text: 'y'.repeat(1000) });
    expect(first).toEqual(copy);
  });
});
