import type { NodeEvent } from '@synod/core';
import { Subject, VirtualTimeScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventText } from '../../examples/kv/src/operator/event-text.js';
import { Leadership } from '../../examples/kv/src/operator/leadership.js';
import { seldom } from '../../examples/kv/src/operator/seldom.js';
import { whileWaiting } from '../../examples/kv/src/operator/while-waiting.js';

describe('what goes on', () => {
  const dropped = (count: number): NodeEvent => ({ event: 'transport', status: 'dropped', node: 'b', count, reason: 'not connected' });
  const connected: NodeEvent = { event: 'transport', status: 'connected', node: 'b' };
  const closed = (suffix = ''): NodeEvent => ({ event: 'transport', status: 'refused', reason: `by b: it closes${suffix}` });

  /** What is told of events that come at these ms, with when. */
  const told = (events: readonly (readonly [at: number, event: NodeEvent])[], until: number): string[] => {
    const scheduler = new VirtualTimeScheduler();
    const events$ = new Subject<NodeEvent>();
    const lines: string[] = [];
    events$.pipe(seldom(scheduler)).subscribe((event) => lines.push(`${scheduler.now()} ${eventText(event)}`));
    for (const [at, event] of events) scheduler.schedule(() => events$.next(event), at);
    scheduler.schedule(() => events$.complete(), until);
    scheduler.flush();
    return lines;
  };

  const everySecond = (from: number, to: number, event: NodeEvent): (readonly [number, NodeEvent])[] =>
    Array.from({ length: (to - from) / 1000 }, (_, i) => [from + i * 1000, event] as const);

  test('is told when it begins, every 30 s with a sum, and when the peer is back', () => {
    // The transport tells of the last drops when the connection is there already.
    const away = [[300, dropped(10)] as const, ...everySecond(1000, 70_000, dropped(10))];
    const events = [...away, [70_100, connected] as const, [70_900, dropped(3)] as const];
    expect(told(events, 100_000)).toEqual([
      '300 drops frames to b: not connected',
      '30300 dropped 300 frames to b in 30 s: not connected',
      '60300 dropped 300 frames to b in 30 s: not connected',
      '70100 is connected to b',
      '71600 dropped 93 frames to b in 11 s: not connected',
    ]);
  });

  test('begins anew after a silence', () => {
    expect(told([[0, dropped(1)] as const, [61_000, dropped(1)] as const], 62_000)).toEqual([
      '0 drops frames to b: not connected',
      '61000 drops frames to b: not connected',
    ]);
  });

  test('is summed up when the node stops', () => {
    expect(told(everySecond(0, 3000, dropped(2)), 4000)).toEqual([
      '0 drops frames to b: not connected',
      '4000 dropped 4 frames to b in 4 s: not connected',
    ]);
  });

  test('is one thing though the transport says each time how often', () => {
    expect(told([[0, closed()] as const, [1000, closed(' (4 times)')] as const, [2000, closed(' (5 times)')] as const], 40_000)).toEqual([
      '0 refused by b: it closes',
      '30000 refused 9 times in 30 s: by b: it closes',
    ]);
  });

  test('is kept apart by peer and reason, and holds up nothing else', () => {
    const events = [dropped(1), { ...dropped(1), node: 'c' }, { ...dropped(1), reason: 'queue full' }, connected, connected];
    expect(
      told(
        events.map((event) => [0, event] as const),
        1,
      ),
    ).toEqual([
      '0 drops frames to b: not connected',
      '0 drops frames to c: not connected',
      '0 drops frames to b: queue full',
      '0 is connected to b',
      '0 is connected to b',
    ]);
  });
});

describe('who leads', () => {
  const following = (ballot: string): NodeEvent => ({ event: 'following', leader: ballot.split('.')[1], ballot });
  const leading = (ballot: string): NodeEvent => ({ event: 'leading', ballot, from: 0 });

  const leaders = (...events: readonly NodeEvent[]): string[] => {
    const changes: string[] = [];
    const leadership = new Leadership((leader) => changes.push(leader));
    for (const event of events) leadership.hear(event);
    return changes;
  };

  test('is told when it changes, whoever tells first', () => {
    expect(leaders(leading('1.a'), following('1.a'), following('2.c'), leading('2.c'), following('2.c'))).toEqual(['a', 'c']);
  });

  test('is the node of the highest ballot: a node that is late does not bring a leader back', () => {
    expect(leaders(leading('10.b'), following('9.a'), following('10.a'), following('10.c'))).toEqual(['b', 'c']);
  });

  test('is not told again when the same node leads again', () => {
    expect(leaders(leading('1.a'), { event: 'stepped down', ballot: '1.a', reason: '' }, leading('2.a'))).toEqual(['a']);
  });
});

test.each<[NodeEvent, string]>([
  [{ event: 'leading', group: 'kv', role: 'leader', ballot: '2.b', from: 9 }, 'leads (ballot 2.b)'],
  [{ event: 'transport', status: 'disconnected', node: 'b' }, 'lost the connection to b'],
  [{ event: 'storage', reason: 'cut off', file: 'segment-1', offset: 48 }, 'storage: cut off, file segment-1, offset 48'],
  [{ event: 'started' }, 'started'],
])('an event is told as a sentence: %j', (event, text) => {
  expect(eventText(event)).toBe(text);
});

describe('what takes long', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is spoken of every few seconds until it is done', async () => {
    const said: number[] = [];
    const work = new Promise<string>((resolve) => setTimeout(() => resolve('done'), 9_000));
    const done = whileWaiting(work, 4_000, (seconds) => said.push(seconds));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await done).toBe('done');
    expect(said).toEqual([4, 8]);
  });

  test('is not spoken of any more when it failed', async () => {
    const said: number[] = [];
    const work = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no')), 5_000));
    const done = expect(whileWaiting(work, 4_000, (seconds) => said.push(seconds))).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    expect(said).toEqual([4]);
  });
});
