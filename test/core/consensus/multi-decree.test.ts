import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

describe('a transcript', () => {
  test('begins with formation, an election, and sessions', () => {
    const t = Transcript.led('A', ['A', 'B']);
    expect(t.leads('A')).toBe(true);
    for (const node of ['A', 'B', 'C']) expect([...t.applied(node)].sort()).toEqual(['hello from A', 'hello from B']);
    console.log([0,1,2,3,4,5].map((s) => t.slot(s)), t.onWire(), t.gauges('A', 'leader'), t.gauges('B', 'leader'));
    const ticket = t.submit('B', 'x');
    t.flow();
    expect(t.outcome('B', ticket)).toBe(3);
  });
});
