import { type ConfigurationError, colocated, majority, type Quorums, type Topology, topology, type UnknownOutcomeError } from '@synod/core';
import { type FastSynodSettings, fastCounts, fastSynod, twoThirds } from '@synod/fast-paxos';
import { describe, expect, test } from 'vitest';
import { follow } from '../../core/node/cluster.js';
import { Decree } from '../../core/synod/decree.js';

const FIVE = ['a', 'b', 'c', 'd', 'e'];

const decreeOn = (placed: Topology = colocated(FIVE), settings: FastSynodSettings<string> = {}, rule?: Quorums): Decree =>
  new Decree(placed, {}, rule, () => fastSynod(settings));

const apart = topology({
  c: ['coordinator'],
  d: ['coordinator', 'learner', 'proposer'],
  w: ['acceptor'],
  x: ['acceptor'],
  y: ['acceptor'],
  z: ['acceptor'],
  l: ['learner'],
  p: ['learner', 'proposer'],
});

describe('a group that decides one value, fast', () => {
  test('has a ballot open before anybody wants anything, and decides the first value without a coordinator', () => {
    const decree = decreeOn();
    expect(decree.status('a')).toMatchObject({ phase: 'open', ballot: '1.a', tolerates: { classic: 2, fast: 1 } });
    const proposed = follow(decree.client('d').propose$('x'));
    const watched = follow(decree.client('b').decided$);
    decree.run(20);
    expect([proposed.value, watched.value]).toEqual(['x', 'x']);
    expect(decree.status('c')).toMatchObject({ voted: '1.a-1', applied: 1 });
  });

  test.each([{}, { recovery: { uncoordinated: 2 } }] as const)('tells all who propose at once the same value, with %j', (settings) => {
    const decree = decreeOn(undefined, settings);
    const all = FIVE.map((node) => follow(decree.client(node).propose$(`from ${node}`)));
    decree.run(5000);
    expect(all[0]?.value).toMatch(/^from [a-e]$/);
    expect(new Set(all.map(({ value }) => value)).size).toBe(1);
    const later = follow(decree.client('c').propose$('later'));
    decree.run(1000);
    expect(later.value).toBe(all[0]?.value);
  });

  test('is fast with one of five away, and with two of them decides by a classic quorum', () => {
    const one = decreeOn();
    one.stop('e');
    const fast = follow(one.client('b').propose$('x'));
    one.run(20);
    expect(fast.value).toBe('x');
    const two = decreeOn();
    two.stop('d', 'e');
    const classic = follow(two.client('b').propose$('x'));
    two.run(20);
    expect(classic.value).toBeUndefined();
    two.run(1000);
    expect(classic.value).toBe('x');
    expect(two.status('c')).toMatchObject({ voted: '1.a' });
  });

  test('is decided by another coordinator where the first is away', () => {
    const decree = decreeOn();
    decree.stop('a', 'e');
    const proposed = follow(decree.client('b').propose$('x'));
    decree.run(5000);
    expect(proposed.value).toBe('x');
  });

  test('remembers its value when all nodes stop at once, and tells it without a ballot', () => {
    const decree = decreeOn();
    follow(decree.client('a').propose$('x'));
    decree.run(1000);
    decree.restart(...FIVE);
    const learned = follow(decree.client('b').learn$({ lastResort: 'nothing' }));
    decree.run(100);
    expect(learned.value).toBe('x');
    expect(decree.status('b')).toMatchObject({ voted: '1.a-1' });
  });

  test('goes on without a node that lost its data, which votes and owns ballots no more, but learns', () => {
    const decree = decreeOn();
    decree.wipe('a');
    expect(decree.status('a')).toMatchObject({ formed: false, admitted: false, phase: 'idle' });
    const proposed = follow(decree.client('a').propose$('from the lost'));
    decree.run(5000);
    expect(proposed.value).toBe('from the lost');
    expect(decree.status('a')).toMatchObject({ voted: '⊥', applied: 1 });
  });

  test('is learned everywhere with roles on nodes of their own, and by a client outside', () => {
    const decree = decreeOn(apart);
    decree.start('outside');
    const proposed = follow(decree.client('outside').propose$('x'));
    decree.run(20);
    expect(proposed.value).toBe('x');
    for (const node of ['l', 'p', 'd']) expect(decree.status(node)).toMatchObject({ applied: 1 });
    expect(decree.status('outside')?.roles).toEqual(['learner', 'proposer']);
    decree.restart('outside');
    const watched = follow(decree.client('outside').decided$);
    decree.run(1000);
    expect(watched.value).toBe('x');
  });

  test('is decided by quorums that are given', () => {
    const decree = decreeOn(undefined, {}, twoThirds);
    decree.stop('e');
    const proposed = follow(decree.client('b').propose$('x'));
    decree.run(20);
    expect(proposed.value).toBe('x');
    expect(decree.status('b')).toMatchObject({ tolerates: { classic: 1, fast: 1 } });
  });
});

describe('a caller is told', () => {
  test('that the outcome is unknown while no quorum answers, and by asking again what was decided', () => {
    const decree = decreeOn();
    decree.stop('c', 'd', 'e');
    const proposed = follow(decree.client('b').propose$('x', { deadline: 1000 }));
    decree.run(1100);
    expect(proposed.error).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    decree.start('c');
    const again = follow((proposed.error as UnknownOutcomeError).retry$());
    decree.run(4000);
    expect(again.value).toBe('x');
  });

  test('that nothing is decided, where nobody proposes; asking to finish it leaves the next proposal fast', () => {
    const decree = decreeOn();
    const learned = follow(decree.client('b').learn$({ deadline: 3000 }));
    decree.run(4000);
    expect(learned.error).toMatchObject({ name: 'RefusedError', code: 'UNDECIDED' });
    const proposed = follow(decree.client('b').propose$('x'));
    decree.run(20);
    expect(proposed.value).toBe('x');
  });

  test('the value that it proposes as its last resort', () => {
    const decree = decreeOn();
    const learned = follow(decree.client('b').learn$({ lastResort: { propose: 'the default' } }));
    decree.run(900);
    expect(learned.value).toBeUndefined();
    decree.run(200);
    expect(learned.value).toBe('the default');
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
    [{ retry: 0 }, /^fastSynod: retry is 0; it must be a number above 0$/],
    [{ backOff: { least: 100, most: 50 } }, /^fastSynod: backOff.most is 50 ms, below backOff.least, 100 ms/],
    [{ learning: 'all' }, /there is no option learning; there are retry, backOff, patience, valueBytes, callers, recovery, codec/],
    [{ recovery: 'none' }, /recovery is "none"; it must be 'coordinated', or \{ uncoordinated: ... \}/],
    [{ recovery: { uncoordinated: 0 } }, /a whole number of attempts from 1 to 16/],
    [{ codec: {} }, /^fastSynod: codec is an object; it must have encode and decode/],
    [null, /what it was given is null/],
  ])('options %j', (settings, message) => {
    expect(refusal(() => fastSynod(settings as never))).toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(message) });
  });

  test.each(['coordinator', 'acceptor'])('without any %s', (missing) => {
    const roles = ['coordinator', 'acceptor', 'learner', 'proposer'].filter((role) => role !== missing);
    expect(refusal(() => decreeOn(topology({ a: roles })))).toMatchObject({ code: 'MISSING_ROLE' });
  });

  test('with a proposer that does not learn', () => {
    const made = () => decreeOn(topology({ a: ['coordinator', 'acceptor'], b: ['proposer'] }));
    expect(refusal(made)).toMatchObject({
      code: 'MISSING_ROLE',
      message: expect.stringContaining('node b plays proposer and not learner'),
    });
  });

  test('with quorums that are not fast, or do not meet', () => {
    expect(refusal(() => decreeOn(undefined, {}, majority))).toMatchObject({ code: 'BAD_QUORUMS' });
    expect(refusal(() => decreeOn(undefined, {}, fastCounts({ fast: 3 })))).toMatchObject({ code: 'BAD_QUORUMS' });
  });

  test('with values that the transport does not carry', () => {
    expect(refusal(() => decreeOn(undefined, { valueBytes: 2 ** 40 }))).toMatchObject({ code: 'BAD_OPTION' });
  });
});
