import { multiPaxosPhrases, type TracedEvent, type TranscriptOptions, transcriptOf } from '@synod/core';
import { describe, expect, test } from 'vitest';

const place = (node: string, role: string) => ({ node, group: 'g', role });

const send = (node: string, to: string, message: object, more: object = {}): TracedEvent => ({
  ...{ at: 12.35, node, event: 'send', group: 'g', role: 'leader' },
  ...{ to: place(to, 'acceptor'), message, ...more },
});

/** The transcript, without the spaces that make columns of it. */
const told = (events: readonly TracedEvent[], options?: TranscriptOptions): string[] =>
  transcriptOf(events, options).map((line) => line.trim().replace(/ {2,}/g, '  '));

const entry = (seq: number) => ({ type: 3, time: 0, session: 5, seq, floor: 0, origin: 'a', learner: '', payload: new Uint8Array(9) });
const ballot = { round: 3, node: 'a' };

describe('a transcript', () => {
  test('has columns for the time, for who, and for what', () => {
    const events = [send('a', 'b', { kind: 'poke', slot: 4 }), { at: 1000, node: 'b', event: 'crash', how: 'power cut' }];
    expect(transcriptOf(events)).toEqual(['    12.350  a → b       poke slot 4', '  1000.000  b           CRASH (power cut)']);
  });

  test('tells messages that it does not know by their kind and their most telling fields', () => {
    const message = { kind: 'catchUp', first: 17, ballot, entries: [1, 2], payload: new Uint8Array(7), last: true, sure: false };
    expect(told([send('a', 'b', message)])).toEqual(['12.350  a → b  catch up 3.a slots 17-18 payload 7 bytes last not sure']);
  });

  test('takes a ballot as text or as its parts', () => {
    const lines = ['3.a', ballot].map((one) => told([{ at: 1, node: 'b', event: 'promise', role: 'acceptor', ballot: one }])[0]);
    expect(lines).toEqual(['1.000  b  acceptor promise 3.a', '1.000  b  acceptor promise 3.a']);
    expect(told([send('a', 'b', { kind: 'x', ballot: { round: 0, node: '' } })])).toEqual(['12.350  a → b  x ⊥']);
    expect(told([send('a', 'b', { kind: 'x', ballot: { round: 3, node: 'a', step: -2 } })])).toEqual(['12.350  a → b  x 3.a-2']);
  });

  test("speaks in the protocol's own phrases, texts with fields in them or functions", () => {
    const phrasebook = { messages: { x: 'says {word} of {ballot}', y: ({ word }: { word?: unknown }) => `shouts ${String(word)}` } };
    const events = [send('a', 'b', { kind: 'x', word: 'yes', ballot }), send('a', 'b', { kind: 'y', word: 'NO' })];
    expect(told(events, { phrasebook })).toEqual(['12.350  a → b  says yes of 3.a', '12.350  a → b  shouts NO']);
  });

  test('marks what waited for a disk, and says why a message came to nothing', () => {
    const message = { kind: 'accept', ballot, first: 1, entries: [entry(2)], commit: 1 };
    const events = [
      send('a', 'b', message, { awaited: 8 }),
      { ...send('a', 'b', message), event: 'drop', reason: 'the link is cut' },
      { at: 13, node: 'b', event: 'drop', group: 'g', role: 'acceptor', from: place('a', 'leader'), message, reason: 'the queue is full' },
      { at: 14, node: 'b', event: 'drop', reason: 'malformed: not a frame' },
    ];
    expect(told(events, { phrasebook: multiPaxosPhrases })).toEqual([
      '12.350  a → b  ▣ accept 3.a slot 1 = batch 2 of session 5 (commit 1)',
      '12.350  a ✗ b  accept 3.a slot 1 = batch 2 of session 5 (commit 1) (the link is cut)',
      '13.000  b  drops what a sent: accept 3.a slot 1 = batch 2 of session 5 (commit 1) (the queue is full)',
      '14.000  b  drops a frame: malformed: not a frame',
    ]);
  });

  test('makes one line of what is said to several nodes, or several times, in one moment', () => {
    const poke = { kind: 'poke' };
    expect(told([send('a', 'b', poke), send('a', 'c', poke)])).toEqual(['12.350  a → b, c  poke']);
    expect(told([send('a', 'b', poke), send('a', 'b', poke), send('a', 'b', poke)])).toEqual(['12.350  a → b  poke (3 times)']);
    expect(told([send('a', 'b', poke), send('a', 'c', poke), send('a', 'b', poke)])).toEqual([
      '12.350  a → b, c  poke',
      '12.350  a → b  poke',
    ]);
    expect(told([send('a', 'b', poke), { ...send('a', 'c', poke), at: 13 }])).toEqual(['12.350  a → b  poke', '13.000  a → c  poke']);
  });

  test('leaves out what a story does not need, unless all is asked for', () => {
    const events: TracedEvent[] = [
      {
        at: 1,
        node: 'a',
        event: 'deliver',
        group: 'g',
        role: 'leader',
        from: place('b', 'acceptor'),
        message: { kind: 'accepted', first: 1, count: 1 },
      },
      { at: 1, node: 'a', event: 'persist', group: 'g', role: 'acceptor', position: 4, record: new Uint8Array(3) },
      { at: 2, node: 'a', event: 'durable', below: 5, records: 1 },
      { at: 2, node: 'a', event: 'disk', operation: 'sync', file: 'log' },
      send('a', 'a', { kind: 'prepare' }),
      send('a', 'b', { kind: 'heartbeat', ballot }),
    ];
    expect(told(events, { phrasebook: multiPaxosPhrases })).toEqual([]);
    expect(told(events, { shows: () => true })).toEqual([
      '1.000  a ← b  accepted slot 1',
      '1.000  a  acceptor persists 3 bytes at 4',
      '2.000  a  ▣ durable below 5',
      '2.000  a  disk operation sync file log',
      '12.350  a  leader → acceptor: prepare',
      '12.350  a → b  heartbeat 3.a',
    ]);
  });

  test('tells what befalls the world', () => {
    const world = (event: string, fields: object = {}, node = 'b'): TracedEvent => ({ at: 5, node, event, ...fields });
    const events = [
      world('boot', { life: 2 }),
      world('pause', { ms: 500 }),
      world('cut', { to: 'c' }),
      world('mend', { to: 'c' }),
      world('fault begun', { fault: 'partition', number: 3 }, '*'),
      world('fault ended', { fault: 'partition', number: 3 }, '*'),
      world('invoke', { id: 'client-0:7', op: 'append', arg: { x: 1 } }),
      world('answer', { id: 'client-0:7', outcome: 'done', result: 4 }),
      world('answer', { id: 'client-0:8', outcome: 'unknown', reason: 'the node died' }),
      world('failure', { reason: 'EIO' }),
    ];
    expect(told(events).map((line) => line.replace('5.000  ', ''))).toEqual([
      'b  BOOT (life 2)',
      'b  PAUSE (500 ms)',
      'b ┤ c  CUT',
      'b → c  MENDED',
      '*  FAULT partition begins',
      '*  FAULT partition is over',
      'b  client-0:7 asks: append {"x":1}',
      'b  client-0:7 is told: done, 4',
      'b  client-0:8 is told: unknown, the node died',
      'b  FAILS: EIO',
    ]);
  });
});
