import type { TracedEvent } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Bench, bytes, say } from './bench.js';

/** What was traced, in short: the event, who, and what it is about. */
const traced = (bench: Bench): string[] => {
  const lines: string[] = [];
  bench.tracer.events$.subscribe((event: TracedEvent) => {
    const {
      event: name,
      role = '-',
      message,
      position,
      below,
      awaited,
      reason,
    } = event as TracedEvent & Record<string, string | undefined>;
    const text = (message as unknown as { text: string } | undefined)?.text;
    const details = { position, below, awaited, reason };
    const shown = Object.entries(details).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${value}`]));
    lines.push([role, name, ...(text === undefined ? [] : [text]), ...shown].join(' '));
  });
  return lines;
};

describe('a trace of messages', () => {
  test('tells of a send when it leaves the gate, and for which records it waited', () => {
    const bench = new Bench(7, 'messages');
    const lines = traced(bench);
    const one = bench.add('one', (said, effects) => {
      effects.persist(bytes(said));
      effects.send(bench.address('other', 'there'), say('bound'));
    });
    const two = bench.add('two', (_, effects) => effects.send(bench.address('other', 'there'), say('free')));
    bench.start();
    bench.tell(one, 'x');
    bench.tell(two, 'y');
    bench.run();
    expect(lines).toEqual(['one deliver x', 'one persist position 7', 'two deliver y', 'two send free']);
    bench.journal.durable();
    bench.run();
    expect(lines.slice(4)).toEqual(['- durable below 8', 'one send bound awaited 8']);
  });

  test('tells of a message of an actor to itself only when it is delivered, and of one within the node twice', () => {
    const bench = new Bench(0, 'messages');
    const lines = traced(bench);
    const two = bench.add('two', () => {});
    const one = bench.add('one', (said, effects) => {
      if (said !== 'go') return;
      effects.startTimer('timer', 5, say('timer'));
      effects.send(bench.address('one'), say('self'));
      effects.send(two, say('near'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.scheduler.runUntil(10);
    expect(lines).toEqual(['one deliver go', 'one send near', 'one deliver self', 'two deliver near', 'one deliver timer']);
  });

  test('says when and where, and gives the message as it is', () => {
    const bench = new Bench(0, 'messages');
    const events: TracedEvent[] = [];
    bench.tracer.events$.subscribe((event) => events.push(event));
    const message = say('hello');
    const one = bench.add('one', (_, effects) => effects.send(bench.address('other', 'there'), message));
    bench.start();
    bench.scheduler.runUntil(25);
    bench.tell(one, 'x');
    bench.run();
    const to = { node: 'there', group: 'group', role: 'other' };
    expect(events[1]).toEqual({ at: 25, node: 'here', event: 'send', group: 'group', role: 'one', to, message });
    expect(events[1]?.message).toBe(message);
  });
});

describe('a trace of rules', () => {
  const rules = (level: 'off' | 'rules') => {
    const bench = new Bench(0, level);
    const events: TracedEvent[] = [];
    bench.tracer.events$.subscribe((event) => events.push(event));
    let built = 0;
    const one = bench.add('one', (said, effects, context) => {
      effects.persist(bytes(said));
      effects.send(bench.address('other', 'there'), say(said));
      if (context.tracing) effects.trace({ event: 'heard', said, number: ++built });
    });
    bench.journal.mode = 'synchronous';
    bench.start();
    bench.tell(one, 'x');
    bench.run();
    return { events, built };
  };

  test('tells what roles trace, with when and where, and no message', () => {
    const { events } = rules('rules');
    expect(events).toEqual([{ at: 0, node: 'here', group: 'group', role: 'one', event: 'heard', said: 'x', number: 1 }]);
  });

  test('that is off has roles build nothing, and drops what one traces all the same', () => {
    expect(rules('off')).toEqual({ events: [], built: 0 });
    const bench = new Bench();
    const lines = traced(bench);
    const one = bench.add('one', (_, effects) => effects.trace({ event: 'unasked' }));
    bench.start();
    bench.tell(one, 'x');
    bench.run();
    expect(lines).toEqual([]);
  });
});
