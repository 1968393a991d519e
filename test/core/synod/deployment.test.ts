import { type ConfigurationError, colocated, counts, synod, topology, type UnknownOutcomeError } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { follow } from '../node/cluster.js';
import { Decree } from './decree.js';

const apart = topology({
  p: ['proposer'],
  q: ['proposer', 'learner'],
  x: ['acceptor'],
  y: ['acceptor'],
  z: ['acceptor'],
  l: ['learner'],
  m: ['learner'],
});

describe('a group that decides one value', () => {
  test('resolves with the same value for all who propose, whoever proposed it, and tells every node', () => {
    const decree = new Decree();
    const [a, b, c] = ['a', 'b', 'c'].map((node) => follow(decree.client(node).propose$(`from ${node}`)));
    const watched = follow(decree.client('b').decided$);
    decree.run(5000);
    expect(a?.value).toMatch(/^from [abc]$/);
    expect([b?.value, c?.value, watched.value]).toEqual([a?.value, a?.value, a?.value]);
    expect(watched.completed).toBe(true);
    expect(decree.status('c')).toMatchObject({ chosen: 1, applied: 1 });
  });

  test('tells whoever proposes later what was decided before', () => {
    const decree = new Decree();
    const first = follow(decree.client('a').propose$('first'));
    decree.run(1000);
    const later = [follow(decree.client('a').propose$('later')), follow(decree.client('c').propose$('later'))];
    decree.run(1000);
    expect([first.value, ...later.map(({ value }) => value)]).toEqual(['first', 'first', 'first']);
  });

  test('remembers its value when all nodes stop at once, and tells it without a proposal', () => {
    const decree = new Decree();
    follow(decree.client('a').propose$('x'));
    decree.run(1000);
    decree.restart('a', 'b', 'c');
    const learned = follow(decree.client('b').learn$({ lastResort: 'nothing' }));
    decree.run(100);
    expect(learned.value).toBe('x');
    expect(decree.status('a')).toMatchObject({ phase: 'idle' });
  });

  test('goes on without a node that lost its data, which votes and proposes no more, but learns', () => {
    const decree = new Decree();
    decree.wipe('a');
    expect(decree.status('a')).toMatchObject({ formed: false, admitted: false });
    const proposed = follow(decree.client('a').propose$('from the lost'));
    decree.run(5000);
    expect(proposed.value).toBe('from the lost');
    expect(decree.status('a')).toMatchObject({ voted: '⊥', applied: 1, phase: 'idle' });
  });

  test.each(['all' as const, { distinguished: ['l'] }, { distinguished: ['l', 'q'] }])(
    'is learned everywhere with roles on nodes of their own, learning %j',
    (learning) => {
      const decree = new Decree(apart, { learning });
      const proposed = follow(decree.client('m').propose$('x'));
      decree.run(1000);
      expect(proposed.value).toBe('x');
      for (const node of ['l', 'm', 'q']) expect(decree.status(node)).toMatchObject({ applied: 1 });
    },
  );

  test('is learned by asking where the distinguished learner is away', () => {
    const decree = new Decree(apart, { learning: { distinguished: ['l'] } });
    decree.stop('l');
    const proposed = follow(decree.client('q').propose$('x'));
    const watched = follow(decree.client('m').decided$);
    decree.run(1000);
    expect(proposed.value).toBe('x');
    decree.run(15_000);
    expect(watched.value).toBe('x');
  });

  test('serves a client outside the topology, which owns no ballots and may forget everything', () => {
    const decree = new Decree();
    decree.start('outside');
    const proposed = follow(decree.client('outside').propose$('x'));
    decree.run(1000);
    expect(proposed.value).toBe('x');
    expect(decree.status('outside')?.roles).toEqual(['learner']);
    decree.restart('outside');
    const watched = follow(decree.client('outside').decided$);
    decree.run(1000);
    expect(watched.value).toBe('x');
  });

  test('is decided and learned by two of four, where three are asked first', () => {
    const decree = new Decree(colocated(['a', 'b', 'c', 'd']), {}, counts({ phase1: 3, phase2: 2 }));
    const proposed = follow(decree.client('a').propose$('x'));
    decree.run(1000);
    expect(proposed.value).toBe('x');
    decree.restart('a', 'b', 'c', 'd');
    decree.stop('c', 'd');
    const learned = follow(decree.client('a').learn$({ lastResort: 'nothing' }));
    decree.run(1000);
    expect(learned.value).toBe('x');
  });

  test('is not decided by two of four, where three must be asked first', () => {
    const decree = new Decree(colocated(['a', 'b', 'c', 'd']), {}, counts({ phase1: 3, phase2: 2 }));
    decree.stop('c', 'd');
    const proposed = follow(decree.client('a').propose$('x', { deadline: 2000 }));
    decree.run(3000);
    expect(proposed.error).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    expect(decree.status('a')).toMatchObject({ voted: '⊥', phase: 'preparing' });
  });
});

describe('learn', () => {
  test('finishes what somebody voted for, and proposes nothing where nobody did', () => {
    const decree = new Decree();
    const nothing = follow(decree.client('b').learn$({ deadline: 3000 }));
    decree.run(4000);
    expect(nothing.error).toMatchObject({ name: 'RefusedError', code: 'UNDECIDED' });
    expect(decree.status('b')).toMatchObject({ voted: '⊥', applied: 0 });
  });

  test('only asks, if it is told to', () => {
    const decree = new Decree();
    const asked = follow(decree.client('b').learn$({ deadline: 3000, lastResort: 'nothing' }));
    decree.run(4000);
    expect(asked.error).toMatchObject({ code: 'UNDECIDED' });
    expect(decree.status('b')).toMatchObject({ promised: '⊥' });
  });

  test('proposes a value as its last resort, if it is given one', () => {
    const decree = new Decree();
    const learned = follow(decree.client('b').learn$({ lastResort: { propose: 'the default' } }));
    decree.run(900);
    expect(learned.value).toBeUndefined();
    decree.run(1000);
    expect(learned.value).toBe('the default');
  });

  test('waits for what others propose meanwhile', () => {
    const decree = new Decree();
    const learned = follow(decree.client('b').learn$({ lastResort: 'nothing' }));
    decree.run(500);
    follow(decree.client('a').propose$('x'));
    decree.run(500);
    expect(learned.value).toBe('x');
  });
});

describe('a caller is told', () => {
  test('that the outcome is unknown while no quorum answers, and by asking again what was decided', () => {
    const decree = new Decree();
    decree.stop('b', 'c');
    const proposed = follow(decree.client('a').propose$('x', { deadline: 1000 }));
    decree.run(1100);
    expect(proposed.error).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    decree.start('b');
    const again = follow((proposed.error as UnknownOutcomeError).retry$());
    decree.run(4000);
    expect(again.value).toBe('x');
  });

  test('that its value was not proposed, where another of its node was', () => {
    const decree = new Decree();
    decree.stop('b', 'c');
    const [first, second] = ['x', 'y'].map((value) => follow(decree.client('a').propose$(value, { deadline: 1000 })));
    decree.run(1100);
    expect(first?.error).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    expect(second?.error).toMatchObject({ name: 'RefusedError', code: 'UNDECIDED' });
  });

  test('of a value that is too large, of too many callers, and of a node that stops', () => {
    const decree = new Decree(undefined, { valueBytes: 10, callers: 1 });
    expect(follow(decree.client('a').propose$('more than ten bytes')).error).toMatchObject({ name: 'RefusedError', code: 'TOO_LARGE' });
    decree.stop('b', 'c');
    const waiting = follow(decree.client('a').propose$('x'));
    expect(follow(decree.client('a').propose$('y')).error).toMatchObject({ code: 'OVERLOADED' });
    const watched = follow(decree.client('a').decided$);
    decree.run(10);
    decree.stop('a');
    expect(waiting.error).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    expect(watched).toEqual({ completed: true });
    expect(follow(decree.client('a').propose$('x')).error).toMatchObject({ name: 'StoppedError' });
  });
});

describe('a composition that cannot work is refused', () => {
  const refusal = (make: () => unknown): Partial<ConfigurationError> => {
    try {
      make();
    } catch (error) {
      return error as ConfigurationError;
    }
    return {};
  };

  test.each([
    [{ retry: 0 }, /^synod: retry is 0; it must be a number above 0$/],
    [{ callers: 1.5 }, /^synod: callers is 1.5; it must be a whole number/],
    [{ backOff: { least: 100, most: 50 } }, /backOff.most is 50 ms, below backOff.least, 100 ms/],
    [{ patient: 1 }, /there is no option patient; there are retry, backOff, patience, valueBytes, callers, learning, codec/],
    [{ learning: 'some' }, /learning is "some"; it must be 'all', or \{ distinguished/],
    [{ learning: { distinguished: [] } }, /learning is an object; it must be/],
    [{ codec: {} }, /codec is an object; it must have encode and decode/],
    [null, /what it was given is null/],
  ])('options %j', (settings, message) => {
    expect(refusal(() => synod(settings as never))).toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(message) });
  });

  test.each(['proposer', 'acceptor', 'learner'])('without any %s', (missing) => {
    const roles = ['proposer', 'acceptor', 'learner'].filter((role) => role !== missing);
    expect(refusal(() => new Decree(topology({ a: roles })))).toMatchObject({ code: 'MISSING_ROLE' });
  });

  test('with a distinguished learner that is none', () => {
    const made = () => new Decree(apart, { learning: { distinguished: ['l', 'x'] } });
    expect(refusal(made)).toMatchObject({ code: 'BAD_OPTION', message: expect.stringContaining('names "x", which plays no learner') });
  });

  test('with values that the transport does not carry', () => {
    expect(refusal(() => new Decree(undefined, { valueBytes: 2 ** 40 }))).toMatchObject({ code: 'BAD_OPTION' });
  });
});
