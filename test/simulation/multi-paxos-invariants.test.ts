import type { Operation } from '@synod/core/simulation';
import { multiPaxosCoverage } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import type { ConsensusEvent } from '../../packages/core/src/consensus/trace-events.js';
import { EntryType, emptyEntry, sizeOfEntry } from '../../packages/core/src/replication/entry.js';
import { ballot, batch, watching } from './watching.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('Validity', () => {
  test('holds for batches and openings that were asked for, for empty entries, and for a late copy of what was acknowledged', () => {
    const { violations, trace, choose } = watching('Validity');
    trace('b', { event: 'request', session: 0, seq: 0, payload: bytes('nonce') });
    const open = { ...emptyEntry(EntryType.Noop, 1), type: EntryType.Open, payload: bytes('nonce') };
    const empty = [emptyEntry(EntryType.Noop, 1), emptyEntry(EntryType.Tick, 2)];
    trace('a', { event: 'choose', ballot: ballot('1.a'), first: 0, entries: [open, ...empty] });
    for (const value of 'xy') trace('b', { event: 'request', session: 1, seq: value.charCodeAt(0), payload: bytes(value) });
    choose('a', '1.a', 3, 'x');
    trace('a', { event: 'choose', ballot: ballot('1.a'), first: 4, entries: [{ ...batch('y'), floor: 121 }] });
    choose('a', '1.a', 5, 'x');
    expect(violations).toEqual([]);
  });

  test('is violated by a batch of which not every byte is what was asked for, by one of nobody, and by a no-op that says something', () => {
    const { violations, trace, choose } = watching('Validity');
    trace('b', { event: 'request', session: 1, seq: 120, payload: bytes('other') });
    choose('a', '1.a', 0, 'xy');
    const noop = { ...emptyEntry(EntryType.Noop, 1), payload: bytes('z') };
    const open = { ...emptyEntry(EntryType.Noop, 1), type: EntryType.Open, payload: bytes('nonce') };
    trace('a', { event: 'choose', ballot: ballot('1.a'), first: 2, entries: [noop, open] });
    expect(violations).toEqual([
      'a took batch 120 of session 1 at log time 1 for chosen in slot 0, which nobody asked for',
      'a took batch 121 of session 1 at log time 1 for chosen in slot 1, which nobody asked for',
      'a took a no-op at log time 1 for chosen in slot 2, which nobody asked for',
      'a took the opening of a session at log time 1 for chosen in slot 3, which nobody asked for',
    ]);
  });
});

describe('GCSound', () => {
  test('holds for what a majority holds in durable snapshots, and for what it once held before a disk was lost', () => {
    const { violations, snapshotted, truncate, wipe } = watching('GCSound');
    snapshotted('a', 40);
    snapshotted('b', 50);
    truncate('c', 40);
    wipe('a');
    truncate('b', 40);
    expect(violations).toEqual([]);
  });

  test('is violated by forgetting what too few snapshots hold, or none any more', () => {
    const { violations, snapshotted, truncate, wipe } = watching('GCSound');
    snapshotted('a', 40);
    snapshotted('b', 30);
    truncate('c', 40);
    wipe('a');
    wipe('b');
    truncate('c', 30);
    expect(violations).toEqual([
      'c forgot what is below slot 40, which only 1 of a, b, c held in durable snapshots, and 2 must',
      'c forgot what is below slot 30, and no snapshot that holds it is left',
    ]);
  });

  test('takes for held what the present life of a node found, and has written since', () => {
    const { violations, snapshotted, truncate, beginLearner } = watching('GCSound');
    snapshotted('a', 40);
    snapshotted('b', 40);
    beginLearner('a', 'an older snapshot');
    truncate('c', 40);
    beginLearner('b', 'an older snapshot');
    snapshotted('b', 30);
    truncate('c', 40);
    expect(violations).toEqual([]);
    // Until it says which it found, it may be the newest.
    snapshotted('a', 20);
    truncate('c', 30);
    truncate('c', 40);
    beginLearner('b');
    truncate('c', 30);
    snapshotted('b', 50);
    truncate('c', 40);
    expect(violations).toEqual([
      'c forgot what is below slot 40, and no snapshot that holds it is left',
      'c forgot what is below slot 30, and no snapshot that holds it is left',
    ]);
  });
});

describe('WindowRespected', () => {
  test('holds for clients within the window, and for what phase 1 found beyond it', () => {
    const { violations, lead, propose, trace } = watching('WindowRespected', { window: { slots: 2 } });
    lead('a', '1.a', 0, 5);
    propose('a', '1.a', 0, 'vwxyz');
    trace('a', {
      event: 'propose',
      ballot: ballot('1.a'),
      first: 5,
      entries: [emptyEntry(EntryType.Noop, 1), emptyEntry(EntryType.Tick, 2)],
      commit: 0,
    });
    propose('a', '1.a', 7, 'x', 6);
    expect(violations).toEqual([]);
  });

  test('is violated by a proposal for a client too far above what is chosen', () => {
    const { violations, lead, propose } = watching('WindowRespected', { window: { slots: 2 } });
    lead('a', '1.a', 0, 0);
    propose('a', '1.a', 4, 'x', 3);
    propose('a', '1.a', 5, 'z', 3);
    expect(violations).toEqual(['a proposes in slot 5 for a client, but knows only what is below 3 to be chosen: the window is 2 slots']);
  });
});

describe('BoundedLog', () => {
  test('holds at the bounds, and is violated beyond them', () => {
    const { violations, lead, observer } = watching('BoundedLog', { window: { slots: 10 } });
    const show = (shown: object): void => observer.sampled?.('a', { queue: 0, groups: { list: { roles: [], ...shown } } });
    lead('a', '1.a', 3, 8);
    show({ open: 10 + 7, waiting: 16_384, unforgettableBytes: 1 << 30 });
    expect(violations).toEqual([]);
    show({ open: 10 + 8 });
    show({ waiting: 16_385 });
    show({ unforgettableBytes: 2 ** 31 });
    expect(violations.map((one) => one.replace(/\d+ may be/, '… may be'))).toEqual([
      'at a 18 slots are proposed and not yet chosen; … may be',
      'at a 16385 requests wait; … may be',
      'at a 2147483648 bytes of the log cannot be truncated; … may be',
    ]);
  });

  test('excepts what phase 1 found and what no client asked for, once however often it is proposed, and nothing else', () => {
    const snapshot = { bytes: 1000 };
    const window = { bytes: 500 };
    const settings = { logBytes: 4000, window, snapshot, commandBytes: 100, batchBytes: 100 };
    const { violations, lead, propose, trace, observer } = watching('BoundedLog', settings);
    const show = (unforgettableBytes: number): void =>
      observer.sampled?.('a', { queue: 0, groups: { list: { roles: [], unforgettableBytes } } });
    const most = 4000 + 500 + 100 + 100 + 600;
    const tick = emptyEntry(EntryType.Tick, 1);
    for (const at of ['1.a', '2.a']) {
      lead('a', at, 0, 2);
      for (let again = 0; again < 2; again++) {
        propose('a', at, 0, 'vw');
        trace('a', { event: 'propose', ballot: ballot(at), first: 2, entries: [tick], commit: 0 });
        propose('a', at, 3, 'xyz');
      }
    }
    const excepted = 2 * sizeOfEntry(batch('v')) + sizeOfEntry(tick);
    show(most + excepted);
    expect(violations).toEqual([]);
    show(most + excepted + 1);
    expect(violations).toEqual([`at a ${most + excepted + 1} bytes of the log cannot be truncated; ${most + excepted} may be`]);
    observer.booted?.('a', 2);
    show(most + 1);
    expect(violations).toHaveLength(2);
  });
});

describe('coverage', () => {
  const operation = (id: string, op: string, more: Partial<Operation> = {}): Operation => ({
    id,
    client: 'c',
    node: 'a',
    op,
    invokedAt: 0,
    outcome: 'pending',
    ...more,
  });
  const counting = (name: string) => {
    let seen = 0;
    const one = multiPaxosCoverage({ isRead: ({ op }) => op === 'length' }).find((coverage) => coverage.name === name);
    const observer = one!.watch(() => seen++);
    const lead = (node: string, detail: { adopted?: number; gaps?: number } = {}): void =>
      observer.traced?.(node, { event: 'lead', ballot: ballot(`1.${node}`), from: 0, end: 0, adopted: 0, gaps: 0, ...detail });
    const trace = (event: ConsensusEvent): void => {
      if (observer.traces?.includes(event.event)) observer.traced?.('a', event);
    };
    return { observer, lead, trace, seen: () => seen };
  };

  test('a leader change is another node that leads, not the first, nor the same again', () => {
    const { lead, seen } = counting('leader change');
    for (const node of ['a', 'a', 'b', 'b', 'a']) lead(node);
    expect(seen()).toBe(2);
  });

  test('what phase 1 found, and what it did not, is counted once a reign', () => {
    const [adopted, gaps] = [counting('value adopted from phase 1'), counting('gap fill')];
    for (const { lead } of [adopted, gaps]) {
      lead('a');
      lead('b', { adopted: 7 });
      lead('c', { adopted: 2, gaps: 1 });
    }
    expect([adopted.seen(), gaps.seen()]).toEqual([2, 1]);
  });

  test('a retry counts where it was executed before', () => {
    const { trace, seen } = counting('session retry executed once');
    trace({ event: 'apply', slot: 0, entry: batch('x'), repeated: false });
    trace({ event: 'apply', slot: 1, entry: batch('x'), repeated: true });
    expect(seen()).toBe(1);
  });

  test.each([
    ['preempted phase 1', { event: 'preempted', ballot: ballot('1.a'), by: ballot('2.b') }],
    ['snapshot install', { event: 'install', next: 7 }],
    ['session evicted', { event: 'evicted', session: 7 }],
  ] as const)('%s is what a role traced', (name, event) => {
    const { trace, seen } = counting(name);
    trace({ event: 'snapshot', next: 7 });
    trace(event);
    expect(seen()).toBe(1);
  });

  test('a read during a leader change was asked for before it, and answered after it', () => {
    const { observer, lead, seen } = counting('read during leader change');
    lead('a');
    for (const id of ['before', 'unknown', 'across']) observer.invoked?.(operation(id, 'length'));
    observer.invoked?.(operation('append', 'append'));
    observer.answered?.(operation('before', 'length', { outcome: 'done' }));
    lead('b');
    observer.invoked?.(operation('after', 'length'));
    observer.answered?.(operation('unknown', 'length', { outcome: 'unknown' }));
    for (const id of ['across', 'append', 'after']) observer.answered?.(operation(id, 'length', { outcome: 'done' }));
    expect(seen()).toBe(1);
  });
});
