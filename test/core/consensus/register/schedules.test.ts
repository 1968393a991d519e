import { reject } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Bench, type Told } from './bench.js';

const set = (value: number) => () => value;
const increment = (state: number | undefined): number => (state ?? 0) + 1;
const operationOf = ({ settlement }: Told) => (settlement?.status === 'unknown' ? settlement.operation : undefined);
const done = (value: unknown) => ({ status: 'done', value: expect.objectContaining({ value }) });

describe('S3.1: a rejection', () => {
  /** 0 is chosen, and 1 is voted for at a1 alone. */
  const prepared = (): Bench => {
    const bench = new Bench();
    bench.ask('P1', set(0));
    bench.flow('P1');
    bench.ask('P1', set(1));
    bench.flow('P1', 'a1').deliver('P1→a2', 'prepare').deliver('a2→P1').deliver('P1→a1', 'accept').lose('*→*');
    return bench;
  };
  const fromZero = (state: number | undefined) => (state === 0 ? 5 : reject(`${state} is there`));

  test('is told only once what it saw is chosen: nobody reads an older state afterwards', () => {
    const bench = prepared();
    bench.startProposer('P2');
    const compared = bench.ask('P2', fromZero);
    bench.deliver('P2→a1,a2', 'prepare').deliver('a1,a2→P2', 'promise');
    expect(compared.settlement).toBeUndefined();
    bench.deliver('P2→a1,a2', 'accept');
    expect(compared.settlement).toBeUndefined();
    bench.deliver('a1,a2→P2', 'accepted');
    expect(compared.settlement).toEqual({ status: 'rejected', reason: '1 is there' });
    bench.lose('*→*');
    const read = bench.read('P3');
    bench.finish('P3', 'a2', 'a3');
    expect(read.settlement).toEqual(done(1));
  });

  test('is never told if the write-back meets no quorum, and what it saw may never have been', () => {
    const bench = prepared();
    bench.startProposer('P2');
    const compared = bench.ask('P2', fromZero);
    bench.deliver('P2→a1,a2', 'prepare').deliver('a1,a2→P2', 'promise').lose('P2→*');
    const read = bench.read('P3');
    bench.finish('P3', 'a2', 'a3');
    expect(read.settlement).toEqual(done(0));
    expect(compared.settlement).toBeUndefined();
    // It goes on, finds 0, and is not rejected at all.
    bench.now = 300;
    bench.fire('P2', 'look').finish('P2');
    expect(compared.settlement).toEqual(done(5));
  });
});

describe('S3.2: an increment that is tried again', () => {
  const halfDone = (bench: Bench, told: () => Told): Told => {
    const asked = told();
    bench.deliver('P1→a1,a2', 'prepare').deliver('a1,a2→P1', 'promise').deliver('P1→a1', 'accept').lose('*→*');
    return asked;
  };
  const total = (bench: Bench): unknown => {
    const read = bench.read('P3');
    bench.finish('P3');
    return read.settlement?.status === 'done' ? (read.settlement.value as { value: unknown }).value : undefined;
  };

  test('by its proposer happens once, if the first attempt is found', () => {
    const bench = new Bench();
    const asked = halfDone(bench, () => bench.ask('P1', increment));
    // Another finds the vote, and writes it back for good.
    bench.read('P2');
    bench.finish('P2', 'a1', 'a2').lose('*→*');
    bench.now = 300;
    bench.fire('P1', 'look').finish('P1');
    expect(asked.settlement).toEqual(done(1));
    expect(total(bench)).toBe(1);
  });

  test('by its proposer happens once, if the first attempt is lost', () => {
    const bench = new Bench();
    const asked = halfDone(bench, () => bench.ask('P1', increment));
    bench.read('P2');
    bench.finish('P2', 'a2', 'a3').lose('*→*');
    bench.now = 300;
    bench.fire('P1', 'look').finish('P1');
    expect(asked.settlement).toEqual(done(1));
    expect(total(bench)).toBe(1);
  });

  test('by the caller who was told "unknown" happens once, though others changed it between', () => {
    const bench = new Bench();
    const asked = halfDone(bench, () => bench.ask('P1', increment));
    for (let i = 0; i < 20; i++) {
      bench.ask('P2', increment);
      bench.finish('P2', 'a1', 'a2').lose('*→*');
    }
    bench.now = 5000;
    bench.fire('P1', 'look').lose('*→*');
    expect(asked.settlement).toMatchObject({ status: 'unknown' });
    const again = bench.ask('P1', increment, operationOf(asked));
    bench.finish('P1');
    // It was the first of them: what it is told is what it made then.
    expect(again.settlement).toEqual(done(1));
    expect(total(bench)).toBe(21);
  });

  test('asked anew instead happens twice', () => {
    const bench = new Bench();
    halfDone(bench, () => bench.ask('P1', increment));
    bench.read('P2');
    bench.finish('P2', 'a1', 'a2').lose('*→*');
    bench.now = 5000;
    bench.fire('P1', 'look').lose('*→*');
    bench.ask('P1', increment);
    bench.finish('P1');
    expect(total(bench)).toBe(2);
  });

  test('and that so many of its node came after that it may be forgotten stays unknown', () => {
    const bench = new Bench();
    const asked = halfDone(bench, () => bench.ask('P1', increment));
    bench.now = 5000;
    bench.fire('P1', 'look').lose('*→*');
    for (let i = 0; i < 4; i++) {
      bench.ask('P1', increment);
      bench.finish('P1');
    }
    const again = bench.ask('P1', increment, operationOf(asked));
    bench.finish('P1');
    expect(again.settlement).toMatchObject({ status: 'unknown' });
  });
});

describe('S3.4: a stale cache', () => {
  test('a change in one round trip that meets a higher promise falls back, and happens once', () => {
    const bench = new Bench({ cachedKeys: 10 });
    bench.ask('P1', increment);
    bench.flow('P1');
    expect(bench.gauges('P1').cachedKeys).toBe(1);
    bench.startProposer('P2');
    bench.read('P2');
    bench.deliver('P2→a2,a3', 'prepare').lose('*→*');
    const changed = bench.ask('P1', increment);
    expect(bench.wire.lines('P1→*')).toEqual(['P1→a1 accept', 'P1→a2 accept', 'P1→a3 accept']);
    bench.deliver('P1→*');
    expect(bench.wire.lines('*→P1').toSorted()).toEqual(['a1→P1 accepted', 'a2→P1 nack', 'a3→P1 nack']);
    bench.deliver('*→P1');
    expect(bench.gauges('P1').cachedKeys).toBe(0);
    // It is not known to have failed: a third proposer finds the vote and makes it good.
    expect(changed.settlement).toBeUndefined();
    const read = bench.read('P3');
    bench.finish('P3', 'a1', 'a2').lose('*→*');
    expect(read.settlement).toEqual(done(2));
    bench.finish('P1');
    expect(changed.settlement).toEqual(done(2));
  });

  test('a change whose time is over then is unknown, and not refused', () => {
    const bench = new Bench({ cachedKeys: 10 });
    bench.ask('P1', increment);
    bench.flow('P1');
    bench.startProposer('P2');
    bench.read('P2');
    bench.deliver('P2→a2,a3', 'prepare').lose('*→*');
    const changed = bench.ask('P1', increment);
    bench.deliver('P1→*').deliver('*→P1');
    bench.now = 5000;
    bench.fire('P1', 'look');
    expect(changed.settlement).toMatchObject({ status: 'unknown' });
  });

  test('a ballot that was cached is used for one proposal', () => {
    const bench = new Bench({ cachedKeys: 10 });
    bench.ask('P1', increment);
    bench.flow('P1');
    const [first, second] = [bench.ask('P1', increment), bench.ask('P1', increment)];
    bench.flow('P1');
    expect([first.settlement, second.settlement]).toEqual([done(2), done(3)]);
  });

  test('a promise of the next ballot that is overtaken is not told again', () => {
    const bench = new Bench({ cachedKeys: 10 });
    bench.ask('P1', increment);
    bench.deliver('P1→*').deliver('*→P1').deliver('P1→a1,a2', 'accept').lose('*→P1', 'accepted');
    bench.startProposer('P2');
    bench.read('P2');
    bench.deliver('P2→a1,a2', 'prepare').lose('*→*');
    bench.now = 300;
    bench.fire('P1', 'look').deliver('P1→a1,a2', 'accept').deliver('a1,a2→P1');
    // Its change is chosen, and it knows; but who promised more since does not answer for the next ballot.
    expect(bench.gauges('P1').cachedKeys).toBe(0);
  });
});
