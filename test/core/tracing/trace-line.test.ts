import { type TracedEvent, traceLine } from '@synod/core';
import { describe, expect, test } from 'vitest';

const event = (fields: object): TracedEvent => ({ at: 1.5, node: 'a', event: 'e', ...fields });

describe('a line of a trace', () => {
  test('is JSON that begins with when, where and what, whatever order the fields came in', () => {
    const line =
      '{"at":1.5,"node":"a","event":"send","group":"g","role":"leader","to":{"node":"b"},"message":{"kind":"accept","ballot":3,"first":1}}';
    const message = { first: 1, ballot: 3, kind: 'accept' };
    expect(traceLine({ message, role: 'leader', to: { node: 'b' }, group: 'g', event: 'send', node: 'a', at: 1.5 })).toBe(line);
    expect(traceLine({ at: 1.5, event: 'send', node: 'a', group: 'g', role: 'leader', to: { node: 'b' }, message })).toBe(line);
  });

  test('tells bytes by how many and which, and never in full', () => {
    const bytes = new Uint8Array(100_000);
    const one = traceLine(event({ entries: [{ payload: bytes }] }));
    expect(JSON.parse(one).entries[0].payload).toEqual({ bytes: 100_000, digest: expect.stringMatching(/^[0-9a-f]{8}$/) });
    bytes[77_777] = 1;
    expect(traceLine(event({ entries: [{ payload: bytes }] }))).not.toBe(one);
    expect(one.length).toBeLessThan(150);
  });

  test('can be parsed, whatever is in it', () => {
    class Call {
      readonly self = this;
      readonly resolve = (): void => {};
    }
    const odd = { call: new Call(), big: 1n, not: Number.NaN, none: undefined, set: new Set([1]), map: new Map([['k', 2]]), on: () => {} };
    expect(JSON.parse(traceLine(event({ ...odd, error: new TypeError('no') })))).toEqual({
      ...{ at: 1.5, node: 'a', event: 'e' },
      ...{ call: '[Call]', big: '1', not: 'NaN', set: [1], map: [['k', 2]], error: 'TypeError: no' },
    });
  });
});
