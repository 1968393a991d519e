import {
  ConfigurationError,
  counts,
  createNode,
  group,
  memoryStorage,
  memoryTransport,
  OverloadedError,
  RefusedError,
  register,
  reject,
  sets,
  topology,
  UnknownOutcomeError,
} from '@synod/core';
import { describe, expect, test } from 'vitest';
import { type Followed, follow } from '../../node/cluster.js';
import { type Count, plus, Registers } from './registers.js';

const counted = (changes: readonly Followed<unknown>[]): (number | undefined)[] =>
  changes.map(({ value }) => (value as { value: Count } | undefined)?.value.n).toSorted((a, b) => (a ?? 0) - (b ?? 0));

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('registers on three nodes', () => {
  test('a change at one node is read at every other', () => {
    const registers = Registers.of();
    const changed = follow(registers.client('a').change$('x', plus(3)));
    registers.run(100);
    expect(changed.value).toMatchObject({ value: { n: 3 } });
    const read = ['a', 'b', 'c'].map((self) => follow(registers.client(self).read$('x')));
    registers.run(500);
    expect(read.map(({ value }) => value)).toEqual([changed.value, changed.value, changed.value]);
  });

  test('changes of all nodes at once are each made once', () => {
    const registers = Registers.of();
    const changed = Array.from({ length: 30 }, (_, i) => follow(registers.client('abc'[i % 3] as string).change$('x', plus(1))));
    registers.run(4000);
    expect(counted(changed)).toEqual(upTo(30));
  });

  test('a key that nobody wrote holds nothing, at version 0', () => {
    const registers = Registers.of();
    const read = follow(registers.client('b').read$('nothing'));
    registers.run(100);
    expect(read.value).toEqual({ value: undefined, version: 0 });
  });

  test('a query answers of the state after the change', () => {
    const registers = Registers.of();
    const changed = follow(registers.client('a').change$('x', plus(2), (state) => `${state?.n} there`));
    registers.run(100);
    expect(changed.value).toBe('2 there');
  });

  test('a change that is rejected or throws changes nothing, and says why', () => {
    const registers = Registers.of();
    const rejected = follow(registers.client('a').change$('x', () => reject('not today')));
    const thrown = follow(
      registers.client('b').change$('y', () => {
        throw new Error('no such thing');
      }),
    );
    registers.run(100);
    expect(rejected.error).toBeInstanceOf(RefusedError);
    expect(rejected.error).toMatchObject({ code: 'REJECTED', message: 'not today' });
    expect(thrown.error).toMatchObject({ code: 'REJECTED', message: 'no such thing' });
    const read = follow(registers.client('c').read$('x'));
    registers.run(100);
    expect(read.value).toEqual({ value: undefined, version: 0 });
  });

  test('what a change does to the state it is given reaches nobody', () => {
    const registers = Registers.of();
    const seen: number[] = [];
    const mutate = (state: Count | undefined): Count => {
      const given = state ?? { n: 0 };
      seen.push(given.n);
      given.n++;
      return given;
    };
    for (let i = 0; i < 3; i++) {
      follow(registers.client('a').change$('x', mutate));
      registers.run(100);
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  test('compare-and-set writes at the version that it names, and at no other', () => {
    const registers = Registers.of();
    const client = registers.client('a');
    const created = follow(client.compareAndSet$('x', 0, { n: 1 }));
    registers.run(100);
    const { version } = created.value as { version: number };
    const [set, late] = [follow(client.compareAndSet$('x', version, { n: 2 })), follow(client.compareAndSet$('x', version, { n: 3 }))];
    registers.run(100);
    expect(set.value).toMatchObject({ value: { n: 2 } });
    expect(late.error).toMatchObject({ code: 'REJECTED', message: expect.stringContaining(`and not ${version}`) });
  });

  test('of those who throw the switch, all are told what the first wrote', () => {
    const registers = Registers.of();
    const thrown = ['a', 'b', 'c'].map((self, n) => follow(registers.client(self).setOnce$('switch', { n })));
    registers.run(2000);
    const [first] = thrown.map(({ value }) => value);
    expect(first).toMatchObject({ value: { n: expect.any(Number) } });
    expect(thrown.map(({ value }) => value)).toEqual([first, first, first]);
  });

  test('keys that are not well formed, and values that are too large, are refused', () => {
    const registers = Registers.of();
    const client = registers.client('a');
    expect(follow(client.read$('\ud800')).error).toMatchObject({ code: 'BAD_KEY' });
    expect(follow(client.read$('x'.repeat(1025))).error).toMatchObject({ code: 'BAD_KEY' });
    const text = 'x'.repeat(300_000) as never;
    expect(follow(client.setOnce$('x', text)).error).toMatchObject({ code: 'TOO_LARGE' });
    const changed = follow(client.change$('x', () => text));
    registers.run(100);
    expect(changed.error).toMatchObject({ code: 'REJECTED', message: expect.stringContaining('at most') });
  });

  test('a proposer takes no more than its queue holds', () => {
    const registers = new Registers(undefined, { queue: 2 });
    for (const self of ['a', 'b', 'c']) registers.add(self);
    registers.run(1000);
    const changed = upTo(3).map(() => follow(registers.client('a').change$('x', plus(1))));
    registers.run(200);
    expect(changed.map(({ error }) => error instanceof OverloadedError)).toEqual([false, false, true]);
  });
});

describe('what a caller is told', () => {
  test('nothing happened, if no quorum has promised', () => {
    const registers = Registers.of();
    for (const self of ['b', 'c']) registers.stop(self);
    const changed = follow(registers.client('a').change$('x', plus(1), undefined, { deadline: 300 }));
    registers.run(400);
    expect(changed.error).toMatchObject({ name: 'RefusedError', code: 'UNAVAILABLE' });
  });

  test('the outcome is unknown, if it was proposed and no quorum voted; asked again, it happens once', async () => {
    const registers = Registers.of();
    follow(registers.client('a').change$('x', plus(1)));
    registers.run(100);
    for (const self of ['b', 'c']) registers.stop(self);
    // In one round trip: it is proposed without asking first.
    const changed = follow(registers.client('a').change$('x', plus(10), undefined, { deadline: 300 }));
    registers.run(400);
    expect(changed.error).toBeInstanceOf(UnknownOutcomeError);
    for (const self of ['b', 'c']) registers.add(self);
    registers.run(1000);
    const read = follow(registers.client('b').read$('x'));
    registers.run(1000);
    const again = (changed.error as UnknownOutcomeError<{ value: Count }>).retry();
    registers.run(1000);
    expect((await again).value).toEqual({ n: 11 });
    expect(read.value).toMatchObject({ value: { n: expect.any(Number) } });
    const after = follow(registers.client('c').read$('x'));
    registers.run(1000);
    expect(after.value).toMatchObject({ value: { n: 11 } });
  });
});

describe('restarts', () => {
  test('what was acknowledged is there after all nodes restart, and versions go on', () => {
    const registers = Registers.of();
    const before = follow(registers.client('a').change$('x', plus(7)));
    registers.run(100);
    for (const self of ['a', 'b', 'c']) registers.stop(self);
    for (const self of ['a', 'b', 'c']) registers.add(self);
    registers.run(1000);
    const after = follow(registers.client('a').change$('x', plus(1)));
    registers.run(1000);
    expect(after.value).toMatchObject({ value: { n: 8 } });
    expect((after.value as { version: number }).version).toBeGreaterThan((before.value as { version: number }).version);
  });

  test('acceptors recover from checkpoints of many pieces', () => {
    const registers = new Registers(undefined, { checkpointBytes: 1000 });
    for (const self of ['a', 'b', 'c']) registers.add(self);
    registers.run(1000);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 40; i++) follow(registers.client('abc'[i % 3] as string).change$(`key ${i}`, plus(i)));
      registers.run(2000);
    }
    for (const self of ['a', 'b', 'c']) registers.stop(self);
    for (const self of ['a', 'b', 'c']) registers.add(self);
    registers.run(1000);
    const read = upTo(39).map((i) => follow(registers.client('b').read$(`key ${i}`)));
    registers.run(2000);
    expect(counted(read)).toEqual(upTo(39).map((i) => 3 * i));
  });

  test('an acceptor without its data does not vote under its old name', () => {
    const registers = Registers.of();
    follow(registers.client('a').change$('x', plus(1)));
    registers.run(100);
    registers.stop('c');
    registers.storages.delete('c');
    registers.add('c');
    registers.run(2000);
    expect(registers.status('c')).toMatchObject({ admitted: false });
    registers.stop('b');
    const read = follow(registers.client('a').read$('x', { deadline: 500 }));
    registers.run(1000);
    expect(read.error).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a proposer that lost its data uses none of its ballots again', () => {
    const places = topology({ a: ['acceptor'], b: ['acceptor'], c: ['acceptor'], p: ['caller', 'proposer'] });
    const registers = new Registers(places);
    for (const self of places.nodes) registers.add(self);
    registers.run(1000);
    const before = follow(registers.client('p').change$('x', plus(1)));
    registers.run(100);
    registers.stop('p');
    registers.storages.delete('p');
    registers.add('p');
    const after = follow(registers.client('p').change$('x', plus(1)));
    registers.run(1000);
    expect(after.value).toMatchObject({ value: { n: 2 } });
    expect((after.value as { version: number }).version).toBeGreaterThan((before.value as { version: number }).version);
  });
});

describe('a node without a proposer', () => {
  const outside = (): Registers => {
    const registers = Registers.of();
    registers.add('x');
    return registers;
  };

  test('calls changes and queries by their names', () => {
    const registers = outside();
    const client = registers.client('x');
    const first = follow(client.call$('k', 'increment', 5));
    registers.run(500);
    const second = follow(client.call$('k', 'decrement', 2, { query: 'twice' }));
    registers.run(500);
    const third = follow(client.call$('k', 'decrement', 9));
    registers.run(500);
    expect([first.value, second.value]).toEqual([{ value: { n: 5 }, version: expect.any(Number) }, 6]);
    expect(third.error).toMatchObject({ code: 'REJECTED', message: 'too little' });
    const read = follow(client.read$('k'));
    const once = follow(client.setOnce$('k', { n: 100 }));
    registers.run(500);
    expect([read.value, once.value]).toMatchObject([{ value: { n: 3 } }, { value: { n: 3 } }]);
  });

  test('is refused what is not registered, and functions', () => {
    const registers = outside();
    const client = registers.client('x');
    const [unknown, inner, own] = [
      follow(client.call$('k', 'multiply', 5)),
      follow(client.call$('k', '#delete')),
      follow(client.change$('k', plus(1))),
    ];
    registers.run(500);
    for (const { error } of [unknown, inner, own]) expect(error).toMatchObject({ name: 'RefusedError', code: 'UNAVAILABLE' });
    expect((own.error as Error).message).toContain('by its name');
  });

  test('asks another proposer as long as none can have run it, and is told "unknown" by none that may have', () => {
    const registers = outside();
    const client = registers.client('x');
    follow(client.call$('k', 'increment', 1));
    registers.run(500);
    // Every proposer starts again: none knows what the former lives ran.
    const asked = follow(client.call$('k', 'increment', 1, { deadline: 2000 }));
    for (const self of ['a', 'b', 'c']) registers.stop(self);
    registers.run(300);
    for (const self of ['a', 'b', 'c']) registers.add(self);
    registers.run(3000);
    const read = follow(client.read$('k'));
    registers.run(1000);
    const { n } = (read.value as { value: Count }).value;
    if (asked.error === undefined) expect(n).toBe(2);
    else expect(asked.error).toBeInstanceOf(UnknownOutcomeError);
    expect(n).toBeLessThanOrEqual(2);
  });

  test('two lives of it under one name are two callers', () => {
    const registers = outside();
    const before = follow(registers.client('x').call$('k', 'increment', 1));
    registers.run(500);
    registers.stop('x');
    registers.add('x');
    const after = follow(registers.client('x').call$('k', 'increment', 1));
    registers.run(500);
    expect(counted([before, after])).toEqual([1, 2]);
  });
});

describe('other quorums', () => {
  test('counts: two of five choose, and four are asked first', () => {
    const nodes = { a: ['*'], b: ['*'], c: ['*'], d: ['*'], e: ['*'] };
    const registers = new Registers(topology(nodes), {}, counts({ phase1: 4, phase2: 2 }));
    for (const self of Object.keys(nodes)) registers.add(self);
    registers.run(1000);
    const changed = follow(registers.client('a').change$('x', plus(1)));
    registers.run(1000);
    expect(counted([changed])).toEqual([1]);
    for (const self of ['c', 'd', 'e']) registers.stop(self);
    // The ballot that four promised still stands.
    const second = follow(registers.client('a').change$('x', plus(1)));
    registers.run(1000);
    expect(counted([second])).toEqual([2]);
    // Two promised the next one: no phase 1.
    const third = follow(registers.client('a').change$('x', plus(1), undefined, { deadline: 500 }));
    registers.run(1000);
    expect(third.error).toMatchObject({ name: 'RefusedError' });
  });

  test('sets: a vote that no phase-1 quorum cast with it leaves nothing in the cache', () => {
    const registers = new Registers(undefined, {}, sets({ phase1: [['b', 'c']], phase2: [['b'], ['c']] }));
    for (const self of ['a', 'b', 'c']) registers.add(self);
    registers.run(1000);
    const first = follow(registers.client('a').change$('x', plus(1)));
    registers.run(100);
    expect(counted([first])).toEqual([1]);
    expect(registers.status('a').cachedKeys).toBe(1);
    registers.stop('c');
    const second = follow(registers.client('a').change$('x', plus(1)));
    registers.run(100);
    expect(counted([second])).toEqual([2]);
    expect(registers.status('a').cachedKeys).toBe(0);
    const third = follow(registers.client('a').change$('x', plus(1), undefined, { deadline: 300 }));
    registers.run(500);
    expect(third.error).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('composition', () => {
  test('a topology without a proposer or an acceptor is refused', () => {
    const registers = new Registers(topology({ a: ['acceptor'], b: ['caller'] }));
    const make = () =>
      createNode(
        { self: 'b', cluster: registers.topology },
        memoryTransport(registers.network),
        memoryStorage(),
        group('settings', register()),
      );
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow('the role proposer');
  });

  test('options are checked, and names that are taken are refused', () => {
    expect(() => register({ retry: 0 })).toThrow('retry is 0');
    expect(() => register({ wait: 1 } as never)).toThrow('there is no option wait');
    expect(() => register({ backoff: { least: 10, most: 5 } })).toThrow('below backoff.least');
    expect(() => register({ changes: { '#read': (state) => state } })).toThrow('#read');
  });
});
