import { type History, type PlannedFault, type Run, rough, shrink } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';

const planned = (number: number): PlannedFault => ({ number, fault: 'crash', at: 100 * number, lasts: 50 });

/** A history that fails at 1500 ms if faults 3 and 11 are in it, two clients at least, and both have their time. */
const run = ({ seed, plan = [], clients = 4, duration = 10_000 }: History): Run => {
  const needed = [3, 11].every((number) => plan.some((fault) => fault.number === number));
  const fails = needed && clients >= 2 && duration >= 1200;
  return {
    seed,
    plan,
    verdict: fails ? { verdict: 'violated', invariant: 'Agreement', what: 'two values', at: 1500 } : { verdict: 'passed' },
  } as unknown as Run;
};

const whole: History = { seed: 1, clients: 6, duration: 10_000, network: rough, plan: Array.from({ length: 40 }, (_, i) => planned(i)) };

describe('shrinking', () => {
  test('leaves the faults, the clients and the time that the violation needs, on a calm network', async () => {
    const { history, run: least, tried } = await shrink(whole, run(whole), run, () => true);
    expect(history.plan?.map(({ number }) => number)).toEqual([3, 11]);
    expect(history).toMatchObject({ clients: 2, duration: 1500 });
    expect(history.network).not.toBe(rough);
    expect(least.verdict).toMatchObject({ invariant: 'Agreement' });
    expect(tried).toBeLessThan(100);
  });

  test('takes no other failure for the same', async () => {
    const other = (history: History): Run => {
      const outcome = run(history);
      const many = (history.plan?.length ?? 0) > 20;
      return many ? outcome : ({ ...outcome, verdict: { verdict: 'violated', invariant: 'Validity', what: '', at: 1 } } as unknown as Run);
    };
    const { history } = await shrink(whole, run(whole), other, () => true);
    expect(history.plan?.length).toBeGreaterThan(20);
  });

  test('ends when it is told to, with the least so far', async () => {
    let left = 5;
    const { history, tried } = await shrink(whole, run(whole), run, () => left-- > 0);
    expect(tried).toBeLessThanOrEqual(5);
    expect(run(history).verdict.verdict).toBe('violated');
  });
});
