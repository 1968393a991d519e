import { describe, expect, test } from 'vitest';
import type { Prepare } from '../../../../packages/core/src/consensus/register/messages.js';
import { follow } from '../../node/cluster.js';
import { Bench } from './bench.js';
import { type Count, plus, Registers } from './registers.js';

const set = (value: number) => () => value;
const done = (value: unknown) => ({ status: 'done', value: expect.objectContaining({ value }) });

const kept = (registers: Registers): unknown[] => [...registers.nodes.keys()].map((self) => registers.status(self).keys);

const deleted = (registers: Registers, key: string): void => {
  const asked = follow(registers.client('a').delete$(key));
  registers.run(500);
  expect(asked).toMatchObject({ completed: true });
  expect(asked.error).toBeUndefined();
};

describe('a deleted key', () => {
  test('holds nothing, and after a while nothing of it is left', () => {
    const registers = Registers.of();
    follow(registers.client('a').change$('x', plus(1)));
    registers.run(500);
    deleted(registers, 'x');
    registers.run(5000);
    expect(kept(registers)).toEqual([0, 0, 0]);
    expect(registers.status('a')).toMatchObject({ deleting: 0 });
    const read = follow(registers.client('b').read$('x'));
    registers.run(500);
    expect(read.value).toEqual({ value: undefined, version: 0 });
  });

  test('that is written again has versions above all that it had: compare-and-set is not fooled', () => {
    const registers = Registers.of();
    const before = follow(registers.client('b').change$('x', plus(1)));
    registers.run(500);
    deleted(registers, 'x');
    registers.run(5000);
    const after = follow(registers.client('c').change$('x', plus(1)));
    registers.run(500);
    const [{ version }, { version: later }] = [before.value, after.value] as unknown as [{ version: number }, { version: number }];
    expect(later).toBeGreaterThan(version);
    const compared = follow(registers.client('c').compareAndSet$('x', version, { n: 9 }));
    registers.run(500);
    expect(compared.error).toMatchObject({ code: 'REJECTED' });
  });

  test('that is written again at once stays', () => {
    const registers = Registers.of();
    follow(registers.client('a').change$('x', plus(1)));
    registers.run(500);
    const [removed, written] = [follow(registers.client('a').delete$('x')), follow(registers.client('a').change$('x', plus(5)))];
    registers.run(10_000);
    expect(removed.error).toBeUndefined();
    const read = follow(registers.client('c').read$('x'));
    registers.run(500);
    expect(read.value).toEqual(written.value);
    expect(read.value).toMatchObject({ value: { n: 5 } satisfies Count });
    expect(registers.status('a')).toMatchObject({ deleting: 0 });
  });

  test('is cleared away when the node that was away is back, and the one that began restarts', () => {
    const registers = Registers.of();
    follow(registers.client('a').change$('x', plus(1)));
    registers.run(500);
    registers.stop('c');
    deleted(registers, 'x');
    registers.run(5000);
    expect(registers.status('a')).toMatchObject({ keys: 1, deleting: 1 });
    registers.stop('a');
    registers.add('a');
    registers.add('c');
    registers.run(15_000);
    expect(registers.status('a')).toMatchObject({ keys: 0, deleting: 0 });
    expect(kept(registers)).toEqual([0, 0, 0]);
  });

  test('does not hold up other keys, nor is it held up by them', () => {
    const registers = Registers.of();
    for (const key of ['x', 'y', 'z']) follow(registers.client('a').change$(key, plus(1)));
    registers.run(500);
    for (const key of ['x', 'y']) deleted(registers, key);
    for (let i = 0; i < 20; i++) {
      const changed = follow(registers.client('b').change$('z', plus(1)));
      registers.run(300);
      expect(changed.error).toBeUndefined();
      expect(changed.completed).toBe(true);
    }
    registers.run(5000);
    expect(kept(registers)).toEqual([1, 1, 1]);
  });
});

describe('S3.3: a lost delete', () => {
  /** 42 is voted for by all, and the tombstone by a2 and a3 alone. */
  const prepared = (): Bench => {
    const bench = new Bench();
    bench.ask('P1', set(42));
    bench.finish('P1');
    bench.delete('P1');
    bench.finish('P1', 'a2', 'a3').lose('*→*');
    return bench;
  };

  test('erased too early, the deleted value comes back', () => {
    const bench = prepared();
    // What no proposer does: the ages are not asked for, and a1 has not voted for the tombstone.
    const ballot = { round: 2, node: 'P1' };
    for (const node of ['a2', 'a3']) bench.tell(node, { kind: 'erase', key: 'k', ballot, ages: [] }, 'P1');
    bench.lose('*→*').startProposer('P3');
    const read = bench.read('P3');
    bench.finish('P3', 'a1', 'a2');
    expect(read.settlement).toEqual(done(42));
  });

  test('an acceptor that has promised more than the tombstone is not erased', () => {
    const bench = prepared();
    bench.startProposer('P2');
    bench.read('P2');
    bench.deliver('P2→a2', 'prepare').lose('*→*');
    for (const node of ['a2', 'a3']) bench.tell(node, { kind: 'erase', key: 'k', ballot: { round: 2, node: 'P1' }, ages: [] }, 'P1');
    expect(bench.wire.take('*→P1', ['erased']).map(({ from, message }) => [from.node, message])).toMatchObject([
      ['a2', { gone: false }],
      ['a3', { gone: true }],
    ]);
  });

  test('what a proposer sent before it was made to forget is not taken any more', () => {
    const bench = prepared();
    bench.startProposer('P2');
    const changed = bench.ask('P2', set(43));
    const [late] = bench.wire.take('P2→a1', ['prepare']);
    for (const node of ['a1', 'a2', 'a3'])
      bench.tell(node, { kind: 'erase', key: 'other', ballot: { round: 9, node: 'P1' }, ages: [{ node: 'P2', age: 1 }] }, 'P1');
    bench.lose('*→*').tell('a1', late?.message as object, 'P2');
    expect(bench.wire.lines('a1→P2')).toEqual(['a1→P2 outdated']);
    // It grows as old as it should be, and goes on at another ballot.
    bench.deliver('a1→P2').finish('P2');
    expect(changed.settlement).toEqual(done(43));
  });

  test('a proposer that is made to forget tells no change that it proposed from one that was never made', () => {
    const bench = prepared();
    bench.startProposer('P2');
    const [proposed, waiting] = [bench.ask('P2', set(43)), bench.ask('P2', set(44))];
    bench.deliver('P2→a2,a3', 'prepare').deliver('*→P2').lose('P2→*');
    bench.tell('P2', { kind: 'forget', key: 'k', ballot: { round: 2, node: 'P1' } }, 'P1');
    expect(proposed.settlement).toMatchObject({ status: 'unknown' });
    expect(waiting.settlement).toBeUndefined();
    expect(bench.wire.take('P2→P1').map(({ message }) => message)).toMatchObject([{ kind: 'forgotten', age: 1 }]);
    bench.finish('P2');
    expect(waiting.settlement).toEqual(done(44));
  });

  test('a proposer that forgot takes rounds above the tombstone only, and after a restart too', () => {
    const bench = new Bench();
    bench.tell('P2', { kind: 'forget', key: 'k', ballot: { round: 5000, node: 'P1' } }, 'P1').lose('*→*');
    bench.startProposer('P2');
    bench.read('P2');
    const [{ age, ballot }] = bench.wire.take('P2→a1', ['prepare']).map(({ message }) => message) as [Prepare];
    expect(age).toBe(1);
    expect(ballot.round).toBeGreaterThan(5000);
  });
});
