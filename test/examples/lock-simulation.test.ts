import { allFaults, processFaults, rough, simulate } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { LockTable } from '../../examples/lock-service/src/lock-table.js';
import { type LockMachine, lockSubject } from './lock-history.js';

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

describe('locks', () => {
  test.each(SEEDS)('under every fault, one holder at a time, each with a token of its own, above those before (seed %i)', (seed) => {
    const run = simulate({ seed, ...lockSubject(), duration: 4000, faults: allFaults, network: rough });
    expect(run.verdict).toEqual({ verdict: 'passed' });
    const granted = run.operations.filter(({ result }) => (result as { is?: string } | undefined)?.is === 'granted');
    expect(granted.length).toBeGreaterThan(5);
  });
});

/** The first of some histories that is not passed. */
const foundBy = (machine: () => LockMachine): string | undefined => {
  for (const seed of SEEDS) {
    const { verdict } = simulate({ seed, ...lockSubject(machine), duration: 4000, faults: processFaults });
    if (verdict.verdict !== 'passed') return verdict.verdict === 'violated' ? verdict.invariant : verdict.verdict;
  }
  return undefined;
};

describe('the same histories find', () => {
  test('a table that lets go of a lock before its lease is over', () => {
    class Early extends LockTable {
      override apply: LockMachine['apply'] = (command, at) => {
        this.advance(at.time + 100);
        return LockTable.prototype.apply.call(this, command, at);
      };
    }
    expect(foundBy(() => new Early())).toBe('OneHolder');
  });

  test('a table whose snapshot forgets which tokens were granted', () => {
    class Forgetful extends LockTable {
      override restore(): void {}
    }
    expect(foundBy(() => new Forgetful())).toBe('OneHolder');
  });
});
