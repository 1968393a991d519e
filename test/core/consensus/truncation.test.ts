import { describe, expect, test } from 'vitest';
import { Truncation } from '../../../packages/core/src/consensus/multi-paxos/truncation.js';
import { Transcript } from './transcript.js';

const MIB = 1 << 20;

describe('what may be forgotten', () => {
  test('is what enough learners hold in durable snapshots, less the tail', () => {
    const truncation = new Truncation(['a', 'b', 'c'], 2, 10, MIB);
    truncation.snapshotted('a', 100);
    expect(truncation.below).toBe(0);
    truncation.snapshotted('b', 50);
    expect(truncation.below).toBe(40);
    truncation.snapshotted('c', 80);
    expect(truncation.below).toBe(70);
  });

  test('never shrinks, counts a learner once, and heeds no stranger', () => {
    const truncation = new Truncation(['a', 'b', 'c'], 2, 10, MIB);
    truncation.snapshotted('a', 100);
    truncation.snapshotted('a', 200);
    truncation.snapshotted('client', 200);
    expect(truncation.below).toBe(0);
    truncation.snapshotted('b', 100);
    truncation.snapshotted('b', 20);
    expect(truncation.below).toBe(90);
  });

  test('is nothing while the log is shorter than the tail', () => {
    const truncation = new Truncation(['a'], 1, 1000, MIB);
    truncation.snapshotted('a', 100);
    expect(truncation.below).toBe(0);
  });

  test('measures what is proposed and not yet forgotten', () => {
    const truncation = new Truncation(['a'], 1, 2, 100 * MIB);
    for (let slot = 0; slot < 20; slot++) truncation.proposed(slot, MIB);
    expect(truncation.bytes).toBe(20 * MIB);
    truncation.snapshotted('a', 12);
    expect(truncation.bytes).toBe(10 * MIB);
  });

  test('counts a slot once, however often a leader that leads again proposes it', () => {
    const truncation = new Truncation(['a'], 1, 2, 100 * MIB);
    for (let slot = 0; slot < 20; slot++) truncation.proposed(slot, MIB);
    for (let again = 0; again < 3; again++) for (let slot = 15; slot < 22; slot++) truncation.proposed(slot, MIB);
    expect(truncation.bytes).toBe(22 * MIB);
    truncation.snapshotted('a', 20);
    expect(truncation.bytes).toBe(4 * MIB);
    for (let slot = 10; slot < 22; slot++) truncation.proposed(slot, MIB);
    expect(truncation.bytes).toBe(4 * MIB);
  });

  test('includes the tail where that alone would fill the log: a leader must not refuse for ever what it could forget', () => {
    const truncation = new Truncation(['a'], 1, 1000, 16 * MIB);
    for (let slot = 0; slot < 12; slot++) truncation.proposed(slot, MIB);
    truncation.snapshotted('a', 10);
    expect(truncation.below).toBe(10);
    expect(truncation.bytes).toBe(2 * MIB);
  });
});

describe('a log at its bound', () => {
  test.each([MIB, 64 * 1024, 1024])('of %i bytes is truncated again and again, and takes more', (logBytes) => {
    const options = { snapshot: { slots: 1_000_000, bytes: logBytes / 4 }, logBytes };
    const t = Transcript.led('A', ['A'], { options });
    const filling = 'x'.repeat(logBytes / 20);
    for (let i = 0; i < 60; i++) {
      const ticket = t.submit('A', `${i} ${filling}`);
      t.flow();
      expect([i, t.outcome(ticket)]).toEqual([i, i + 2]);
    }
    expect(t.gauges('A', 'leader').unforgettableBytes).toBeLessThan(logBytes);
  });

  test('of large commands is truncated again and again, and takes more', () => {
    const options = { snapshot: { slots: 1_000_000, bytes: MIB }, tail: 1000, logBytes: 4 * MIB };
    const t = Transcript.led('A', ['A'], { options });
    const large = 'x'.repeat(200_000);
    for (let i = 0; i < 60; i++) {
      const ticket = t.submit('A', `${i} ${large}`);
      t.flow();
      expect([i, t.outcome(ticket)]).toEqual([i, i + 2]);
    }
    expect(t.gauges('A', 'leader').unforgettableBytes).toBeLessThan(4 * MIB);
    expect(t.gauges('B', 'acceptor').truncatedBelow).toBeGreaterThan(30);
  });

  test('that nobody snapshots refuses more, and says that it is busy', () => {
    const options = { snapshot: { slots: 1_000_000, bytes: MIB }, logBytes: 4 * MIB };
    const t = Transcript.led('A', ['A'], { options });
    const large = 'x'.repeat(200_000);
    // Both others vote, but are told of no commit; one snapshot of three is not enough.
    let proposed = 0;
    for (; proposed < 100; proposed++) {
      t.submit('A', `${proposed} ${large}`, 100_000);
      if (t.onWire('A→B').length === 0) break;
      for (const node of ['B', 'C']) t.deliver(`A→${node}`, 'accept').restart(node);
      t.deliver('B,C→A', 'accepted').lose('*→*');
    }
    expect(proposed).toBeGreaterThan(15);
    expect(proposed).toBeLessThan(25);
    expect(t.gauges('A', 'acceptor').truncatedBelow).toBe(0);
    // Once the others take snapshots too, there is room again.
    t.live(3000);
    expect(t.applied('A')).toHaveLength(proposed + 2);
    expect(t.gauges('B', 'acceptor').truncatedBelow).toBeGreaterThan(0);
  });
});
