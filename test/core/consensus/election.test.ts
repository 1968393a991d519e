import { colocated, topology } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

const nodes = ['A', 'B', 'C', 'D', 'E'];
const leaders = (t: Transcript, among = ['A', 'B', 'C']): string[] => among.filter((node) => t.leads(node));
const rounds = (t: Transcript): number[] =>
  t.events.filter(({ event }) => event === 'leading').map(({ ballot }) => Number.parseInt(ballot as string, 10));

describe('an election', () => {
  test('comes by itself, once, where nobody leads', () => {
    const t = new Transcript().live(2000);
    expect(leaders(t)).toHaveLength(1);
    expect(rounds(t)).toEqual([1]);
    for (const node of ['A', 'B', 'C']) expect(t.gauges(node, 'leader').leader).toBe(leaders(t)[0]);
  });

  test('is not held while a leader is heard of', () => {
    const t = Transcript.led('A').live(60_000);
    expect(rounds(t)).toEqual([1]);
    expect(t.leads('A')).toBe(true);
  });

  test('follows within a second when the leader is gone', () => {
    const t = Transcript.led('A').live(500).crash('A').live(1000);
    expect(leaders(t, ['B', 'C'])).toHaveLength(1);
    expect(rounds(t)).toEqual([1, 2]);
  });

  test('puts its round on disk before the first Prepare leaves', () => {
    const t = new Transcript().form();
    t.disk('A').stuck = true;
    t.tell('A', 'leader', { kind: 'electionTimer' }).deliver('A→B,C', 'probe').deliver('B,C→A', 'probed');
    expect(t.onWire('A→*')).toEqual([]);
    t.disk('A').sync();
    t.wait(0);
    expect(t.onWire('A→*')).toEqual(['A→B prepare', 'A→C prepare']);
  });

  test('counts a promise only when it is durable at the acceptor, that of its own node like any other', () => {
    const t = new Transcript().form();
    t.disk('A').stuck = true;
    t.disk('B').stuck = true;
    t.tell('A', 'leader', { kind: 'electionTimer' }).lose('A→C').deliver('A→B', 'probe').deliver('B→A', 'probed');
    t.disk('A').sync();
    t.wait(0);
    t.disk('A').stuck = true;
    t.deliver('A→B', 'prepare');
    expect(t.onWire('B→A')).toEqual([]);
    t.disk('B').sync();
    t.wait(0).deliver('B→A', 'promise');
    expect(t.leads('A')).toBe(true);
  });

  test('is won by promises, never by nacks, however many', () => {
    const t = new Transcript({ topology: colocated(nodes) }).form();
    t.tell('A', 'leader', { kind: 'electionTimer' }).deliver('A→*', 'probe').deliver('*→A', 'probed');
    const nack = { kind: 'nack', ballot: { round: 1, node: 'A' }, promised: { round: 1, node: 'A' } } as const;
    for (const node of ['B', 'C', 'D', 'E']) t.send(`${node}→A`, 'acceptor', 'leader', nack);
    expect(t.leads('A')).toBe(false);
    t.deliver('A→B', 'prepare').deliver('B→A', 'promise');
    expect(t.leads('A')).toBe(false);
    t.deliver('A→C', 'prepare').deliver('C→A', 'promise');
    expect(t.leads('A')).toBe(true);
  });

  test('counts a node that promises twice once, and no promise for another ballot', () => {
    const t = new Transcript({ topology: colocated(nodes) }).form();
    t.tell('A', 'leader', { kind: 'electionTimer' }).deliver('A→*', 'probe').deliver('*→A', 'probed');
    t.deliver('A→B', 'prepare');
    const promises = t.hold('B→A', 'promise');
    for (let i = 0; i < 3; i++) t.release(promises);
    const [promise] = promises;
    for (const node of ['C', 'D'])
      t.send(`${node}→A`, 'acceptor', 'leader', { ...promise?.message, ballot: { round: 7, node: 'A' } } as never);
    expect(t.leads('A')).toBe(false);
  });
});

describe('pre-vote', () => {
  test('keeps a node that is cut off from taking rounds, so that it disturbs nobody when it comes back', () => {
    const t = Transcript.led('A').cut('C→A,B', 'A,B→C').live(10_000);
    expect(t.gauges('C', 'leader').phase).not.toBe('active');
    t.heal().live(2000);
    expect(rounds(t)).toEqual([1]);
    expect(t.leads('A')).toBe(true);
    expect(t.gauges('C', 'leader').leader).toBe('A');
  });

  test('chain: a node that hears another, which hears the leader, does not take the lead from it', () => {
    // C and the leader A are cut from each other; both reach B.
    const t = Transcript.led('A').cut('A→C', 'C→A').live(20_000);
    expect(rounds(t)).toEqual([1]);
    expect(t.leads('A')).toBe(true);
  });

  test('asks for a quorum that has heard of no leader: one that heard of it lately says no', () => {
    const t = Transcript.led('A').live(500);
    t.tell('C', 'leader', { kind: 'electionTimer' }).flow();
    expect(rounds(t)).toEqual([1]);
    expect(t.onWire('C→*').filter((line) => line.endsWith('prepare'))).toEqual([]);
  });

  test('counts an answer however long it was on its way: a slow network elects a leader too', () => {
    const t = new Transcript().form();
    t.tell('A', 'leader', { kind: 'electionTimer' }).deliver('A→B', 'probe');
    const late = t.hold('B→A', 'probed');
    // By then its own acceptor has been asked many times, and just now.
    t.wait(3000).tell('A', 'leader', { kind: 'electionTimer' }).lose('*→*');
    t.release(late);
    expect(t.onWire('A→B,C')).toEqual(['A→B prepare', 'A→C prepare']);
  });

  test('counts an answer no longer when it came long ago', () => {
    const t = new Transcript({ topology: colocated(nodes) }).form();
    t.tell('A', 'leader', { kind: 'electionTimer' }).deliver('A→B,C', 'probe').deliver('B→A', 'probed');
    const late = t.hold('C→A', 'probed');
    t.wait(1000).lose('*→*');
    t.release(late);
    expect(t.onWire('A→*')).toEqual([]);
  });

  test('takes back the support of an acceptor that has heard of a leader since', () => {
    const t = new Transcript({ topology: colocated(nodes) }).form();
    t.tell('A', 'leader', { kind: 'electionTimer' }).deliver('A→B,C,D', 'probe').deliver('B→A', 'probed');
    const [answer] = t.hold('C→A', 'probed');
    const heard = { ...answer!.message, silent: false } as never;
    t.send('B→A', 'acceptor', 'leader', heard);
    t.release([answer!]);
    expect(t.onWire('A→*').filter((line) => line.endsWith('prepare'))).toEqual([]);
    t.deliver('D→A', 'probed');
    expect(t.onWire('A→*').filter((line) => line.endsWith('prepare'))).toHaveLength(4);
  });

  test('does not count an answer to a probe of another candidacy', () => {
    const t = new Transcript().form();
    for (const node of ['B', 'C'])
      t.send(`${node}→A`, 'acceptor', 'leader', { kind: 'probed', nonce: 123, silent: true, promised: { round: 0, node: '' } } as never);
    expect(t.onWire('A→*')).toEqual([]);
  });
});

describe('check-quorum', () => {
  test('a leader that no quorum answers steps down, and stops its heartbeats', () => {
    const t = Transcript.led('A').cut('B,C→A').live(500);
    expect(t.leads('A')).toBe(false);
    expect(t.events.filter(({ event }) => event === 'stepped down')).toMatchObject([{ node: 'A', reason: 'no quorum answers' }]);
    t.lose('*→*');
    t.wait(200);
    expect(t.onWire('A→*').filter((line) => line.endsWith('heartbeat'))).toEqual([]);
  });

  test('one-way link: a leader that is heard but does not hear gives way to another', () => {
    const t = Transcript.led('A').cut('B,C→A').live(5000);
    expect(leaders(t, ['B', 'C'])).toHaveLength(1);
    t.heal().live(2000);
    expect(leaders(t)).toHaveLength(1);
  });

  test('quorum loss: the only node that still reaches a majority comes to lead', () => {
    // The leader C reaches only A, and so does everybody else.
    const t = Transcript.led('C', ['A', 'C'], { topology: colocated(nodes) });
    for (const node of nodes) for (const other of nodes) if (node !== 'A' && other !== 'A' && node !== other) t.cut(`${node}→${other}`);
    t.live(20_000);
    expect(leaders(t, nodes)).toEqual(['A']);
    const written = t.submit('A', 'x');
    t.live(1000);
    expect(t.outcome(written)).toBe(3);
  });

  test('constrained: a node with an old log that alone reaches a majority leads, and catches up', () => {
    const t = Transcript.led('C', ['C'], { topology: colocated(nodes) }).cut('C,B,D,E→A');
    for (let i = 0; i < 10; i++) t.submit('C', `command ${i}`);
    t.live(100).heal();
    expect(t.applied('A')).toEqual(['hello from C']);
    for (const node of nodes) for (const other of nodes) if (node !== 'A' && other !== 'A' && node !== other) t.cut(`${node}→${other}`);
    t.cut('C→A', 'A→C').live(20_000);
    expect(t.leads('A')).toBe(true);
    expect(t.applied('A')).toHaveLength(11);
  });

  test('a leader whose own disk hangs gives way, though the others answer', () => {
    const t = Transcript.led('A');
    t.disk('A').stuck = true;
    // Something to persist, so that its own acceptor waits for the disk.
    t.submit('A', 'x');
    t.live(10_000);
    expect(t.leads('A')).toBe(false);
    expect(t.events.find(({ event }) => event === 'stepped down')?.reason).toBe('the disk of this node does not answer');
    expect(leaders(t, ['B', 'C'])).toHaveLength(1);
    expect(t.applied('B')).toContain('x');
  });
});

describe('a leader that is preempted', () => {
  test('stops at once, and proposes nothing at its old ballot any more', () => {
    const t = Transcript.led('A');
    t.wait(1000).lose('*→*');
    t.elect('B', 'C').flow('B', 'C');
    t.submit('A', 'x');
    expect(t.onWire('A→*').filter((line) => line.endsWith('accept'))).toEqual([]);
    t.flow();
    expect(leaders(t)).toEqual(['B']);
    t.live(1000);
    expect(t.applied('C')).toContain('x');
  });

  test('follows one whose ballot it has seen refused by nobody: a ballot that was merely tried does not hide a leader', () => {
    // D leads no acceptor of its own: its Prepare reaches nobody.
    const t = new Transcript({
      topology: topology({
        A: ['proposer', 'leader', 'learner'],
        D: ['proposer', 'leader', 'learner'],
        x: ['acceptor'],
        y: ['acceptor'],
        z: ['acceptor'],
      }),
    }).form();
    t.tell('D', 'leader', { kind: 'electionTimer' }).deliver('D→x,y', 'probe').deliver('x,y→D', 'probed').lose('D→*', 'prepare');
    t.elect('A').flow('A', 'x', 'y', 'z');
    t.cut('D→x,y,z').live(3000).heal().live(1000);
    expect(t.gauges('D', 'leader').leader).toBe('A');
    const written = t.submit('D', 'x');
    t.live(500);
    expect(t.outcome(written)).toBe(1);
  });
});

describe('a node whose learner is still being handed what is decided', () => {
  const large = 'x'.repeat(200_000);

  test('puts off its election, and proposes none of that again', () => {
    const t = Transcript.led('A');
    for (let i = 0; i < 40; i++) {
      t.submit('A', `${i} ${large}`);
      t.flow();
    }
    const chosen = t.gauges('A', 'acceptor').chosen as number;
    for (const node of ['A', 'B', 'C']) t.restart(node);
    expect(t.gauges('A', 'learner').behind).toBeGreaterThan(30);
    t.tell('A', 'leader', { kind: 'electionTimer' });
    expect(t.onWire('A→*').filter((line) => line.endsWith('probe'))).toEqual([]);
    t.wait(100).lose('*→*').elect('A').flow();
    expect(t.leads('A')).toBe(true);
    expect(t.events.filter(({ event, node }) => event === 'leading' && node === 'A').at(-1)?.from).toBeGreaterThanOrEqual(chosen - 1);
  });

  test('stands all the same if its learner does not come on: what is missing may be known to votes alone', () => {
    const t = new Transcript().form();
    t.tell('A', 'learner', { kind: 'chosen', first: 0, entries: [], commit: 7 } as never);
    expect(t.gauges('A', 'learner').behind).toBe(7);
    t.tell('A', 'leader', { kind: 'electionTimer' });
    expect(t.onWire('A→B,C')).toContain('A→B probe');
  });
});
