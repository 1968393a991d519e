import { topology } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

const formed = (t: Transcript, nodes = ['A', 'B', 'C']): string[] => nodes.filter((node) => t.gauges(node, 'acceptor').formed);

describe('formation', () => {
  test('nobody votes or stands before every acceptor has recorded its generation', () => {
    const t = new Transcript();
    t.flow('A', 'B').wait(5000).flow('A', 'B');
    expect(formed(t)).toEqual([]);
    for (const node of ['A', 'B']) expect(t.gauges(node, 'leader').phase).toBe('passive');
    const ballot = { round: 1, node: 'B' };
    t.send('B→A', 'leader', 'acceptor', { kind: 'prepare', ballot, nonce: 1, from: 0 } as never);
    t.send('B→A', 'leader', 'acceptor', { kind: 'accept', ballot, first: 0, entries: [], commit: 0, truncate: 0 } as never);
    t.send('B→A', 'leader', 'acceptor', { kind: 'heartbeat', ballot, round: 1, commit: 0, truncate: 0 } as never);
    expect(t.onWire('A→B').filter((line) => !/enrol/.test(line))).toEqual([]);
    t.live(2000);
    expect(formed(t)).toEqual(['A', 'B', 'C']);
    expect(['A', 'B', 'C'].filter((node) => t.leads(node))).toHaveLength(1);
  });

  test('survives restarts on the way, and lost questions', () => {
    const t = new Transcript();
    for (const node of ['A', 'B', 'C']) {
      t.lose('*→A').live(400, 'A', 'B').restart(node);
    }
    t.live(3000);
    expect(formed(t)).toEqual(['A', 'B', 'C']);
  });

  test('is remembered: nodes that formed once need no more than a majority in their next lives', () => {
    const t = Transcript.led('A').crash('A').crash('B').crash('C').start('B').start('C');
    expect(formed(t, ['B', 'C'])).toEqual(['B', 'C']);
    t.live(2000);
    expect(['B', 'C'].filter((node) => t.leads(node))).toHaveLength(1);
  });

  test('refuses a node that lost its disk: it neither votes nor stands under its old name, and says why', () => {
    const t = Transcript.led('A');
    t.submit('A', 'x');
    // Chosen by A and B alone; B then loses its disk.
    t.lose('A→C').flow('A', 'B');
    expect(t.slot(3)).toBe('x');
    t.wipe('B').crash('A').live(10_000);
    expect(formed(t, ['B', 'C'])).toEqual(['C']);
    expect(['B', 'C'].filter((node) => t.leads(node))).toEqual([]);
    const refused = t.events.filter(({ event }) => event === 'generation refused');
    expect(refused.map(({ node, by }) => [node, by])).toContainEqual(['B', 'C']);
    expect(refused[0]?.reason).toMatch(/node B has generation B#2, but C knows it as B#1: its data was lost or replaced/);
    // With A back there are two that remember, and x is safe.
    t.start('A').live(3000);
    expect(t.applied('C')).toEqual(['hello from A', 'x']);
  });

  test('refuses the old name on each node that has it on record, however often it asks', () => {
    const t = Transcript.led('A').wipe('C').live(5000);
    expect(t.gauges('C', 'acceptor').formed).toBe(false);
    expect(t.events.filter(({ event, node }) => event === 'generation refused' && node === 'C').length).toBeLessThanOrEqual(2);
    // The others serve on.
    const x = t.submit('A', 'x');
    t.live(200);
    expect(t.outcome(x)).toBe(2);
  });

  test('records a generation before it says so', () => {
    const t = new Transcript();
    t.disk('B').stuck = true;
    t.deliver('A→B', 'enrol');
    expect(t.onWire('B→A').filter((line) => line.endsWith('enrolled'))).toEqual([]);
    t.crash('B').start('B').live(2000);
    expect(formed(t)).toEqual(['A', 'B', 'C']);
  });

  test('asks of a node that only leads what it asks of one that votes', () => {
    const placed = topology({ L: ['proposer', 'leader', 'learner'], x: ['acceptor'], y: ['acceptor'], z: ['acceptor'] });
    const t = Transcript.led('L', ['L'], { topology: placed });
    t.wipe('L').live(5000);
    expect(t.leads('L')).toBe(false);
    expect(t.events.filter(({ event }) => event === 'generation refused')).toMatchObject([{ node: 'L' }]);
  });
});
