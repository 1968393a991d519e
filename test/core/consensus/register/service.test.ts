import { describe, expect, test } from 'vitest';
import { follow } from '../../node/cluster.js';
import { plus, Registers } from './registers.js';

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
    const values = changed.map(({ value }) => (value as { value: { n: number } } | undefined)?.value.n);
    expect(values.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });
});
