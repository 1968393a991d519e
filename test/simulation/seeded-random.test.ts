import { SeededRandom } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';

const draw = (random: SeededRandom, count: number): number[] => Array.from({ length: count }, () => random.uint32());

describe('seeded chance', () => {
  test('gives the same integers for the same seed, on every machine', () => {
    expect(draw(new SeededRandom(1), 4)).toEqual([573063952, 3268221502, 703077755, 2308299391]);
    expect(draw(new SeededRandom(2), 4)).not.toEqual(draw(new SeededRandom(1), 4));
    expect(draw(new SeededRandom(2 ** 40), 4)).not.toEqual(draw(new SeededRandom(0), 4));
  });

  test('a part of it depends on its label alone, not on what else was drawn', () => {
    const fresh = new SeededRandom(5);
    const used = new SeededRandom(5);
    draw(used, 100);
    used.split('disk');
    expect(draw(used.split('network'), 8)).toEqual(draw(fresh.split('network'), 8));
    expect(draw(fresh.split('network'), 8)).not.toEqual(draw(fresh.split('disk'), 8));
    expect(draw(fresh.split('a').split('b'), 8)).not.toEqual(draw(fresh.split('b').split('a'), 8));
  });

  test('labels of one character apart give streams that have nothing in common', () => {
    const random = new SeededRandom(0);
    const first = new Set(Array.from({ length: 1000 }, (_, i) => random.split(`client-${i}`).uint32()));
    expect(first.size).toBe(1000);
  });

  test('is uniform enough to stay within four deviations of every expectation', () => {
    const random = new SeededRandom(3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(9000));
    let hits = 0;
    for (let i = 0; i < 100_000; i++) if (random.chance(20)) hits++;
    expect(Math.abs(hits - 2000)).toBeLessThan(4 * Math.sqrt(2000));
  });

  test('between reaches both ends, and shuffle loses nothing', () => {
    const random = new SeededRandom(4);
    expect(new Set(Array.from({ length: 100 }, () => random.between(3, 5)))).toEqual(new Set([3, 4, 5]));
    expect(random.shuffle([1, 2, 3, 4, 5]).toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
