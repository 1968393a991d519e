import type { Invariant } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { history } from './multi-paxos-history.js';

const SIZES = [3, 5, 3, 4, 3, 5, 1, 2];

describe('Multi-Paxos in virtual time', () => {
  test.each([1, 2, 3, 4, 5])('takes the same way for the same seed, on %i nodes', (size) => {
    const [one, two] = [history(3, size, 3000), history(3, size, 3000)];
    expect(one.world.trace.hash).toBe(two.world.trace.hash);
    expect(one.workload.count('done')).toBeGreaterThan(50);
  });

  test('tells the end of its story where it fails', () => {
    const tenth: Invariant = {
      name: 'NoTenthSlot',
      watch: (report) => ({
        traced: (node, { event, slot }) => {
          if (event === 'apply' && slot === 10) report(`${node} executed slot 10`);
        },
      }),
    };
    const fails = (): unknown => history(1, 3, 3000, { invariants: [tenth] });
    expect(fails).toThrow(
      /^NoTenthSlot does not hold: (\w) executed slot 10 .*\nhow it came to that:\n(.*\n)*.* \1 +learner executes slot 10 = /,
    );
  });

  test('holds every invariant, and serves again after the faults, in two hundred histories', { timeout: 240_000 }, () => {
    const total = { done: 0, unknown: 0, refused: 0, faults: {} as Record<string, number>, restored: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const { workload, nemesis, restored } = history(seed, SIZES[seed % SIZES.length] ?? 3, 5000);
      for (const outcome of ['done', 'unknown', 'refused'] as const) total[outcome] += workload.count(outcome);
      for (const [fault, count] of Object.entries(nemesis.counts)) total.faults[fault] = (total.faults[fault] ?? 0) + count;
      total.restored += restored;
    }
    // What never occurred was never tested.
    expect(total.done).toBeGreaterThan(20_000);
    expect(total.unknown).toBeGreaterThan(100);
    expect(total.restored).toBeGreaterThan(100);
    expect(Object.values(total.faults).every((count) => count > 100)).toBe(true);
    expect(Object.keys(total.faults)).toHaveLength(7);
  });
});
