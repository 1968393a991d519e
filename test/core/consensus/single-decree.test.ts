import { describe, expect, test } from 'vitest';
import { Synod } from './synod.js';
import { Transcript } from './transcript.js';

describe('S1.1: a ballot is used again', () => {
  test('the checker flags the second value of the ballot at once', () => {
    const synod = new Synod();
    const before = synod.proposer('1.A', 'x');
    before.prepare('a1', 'a2', 'a3');
    before.accept('a1');
    // A restarts without its disk, and takes the same round for another value.
    const after = synod.proposer('1.A', 'y');
    expect(after.prepare('a2', 'a3')).toEqual(['promise', 'promise']);
    expect(after.value).toBe('y');
    expect(() => after.accept('a2')).toThrow('OneValuePerBallot');
  });

  test('a leader that restarts takes a new round, finds x, and its old Accept comes too late', () => {
    const t = Transcript.led('A');
    const x = t.submit('A', 'x');
    const old = t.hold('A→B,C', 'accept');
    expect(old).toHaveLength(2);
    t.restart('A').wait(1000);
    t.lose('*→*');
    t.elect('A').flow();
    expect(t.gauges('A', 'leader').ballot).toBe('2.A');
    expect(t.slot(3)).toBe('x');
    t.release(old);
    expect(t.onWire('B,C→A')).toEqual(['B→A nack', 'C→A nack']);
    t.flow();
    expect(t.leads('A')).toBe(true);
    expect(t.outcome(x)).toBeUndefined();
  });

  test('a leader that restarts without its disk does not stand at all', () => {
    const t = Transcript.led('A');
    t.wipe('A').flow().live(3000, 'A');
    t.elect('A');
    expect(t.gauges('A', 'leader').phase).toBe('passive');
    expect(t.onWire('A→*').filter((line) => line.endsWith('prepare'))).toEqual([]);
  });
});

describe('S1.2: two proposers take the same round', () => {
  test('the higher node id wins, and the two are never promised as equal', () => {
    const synod = new Synod();
    const [a, b] = [synod.proposer('5.A', 'x'), synod.proposer('5.B', 'y')];
    expect(a.prepare('a1', 'a2', 'a3')).toEqual(['promise', 'promise', 'promise']);
    expect(b.prepare('a1', 'a2')).toEqual(['promise', 'promise']);
    expect(a.accept('a1', 'a2', 'a3')).toEqual(['nack', 'nack', 'accepted']);
    expect(b.accept('a1', 'a2')).toEqual(['accepted', 'accepted']);
    expect(synod.chosen).toBe('y');
  });

  test('the lower node id is refused once the higher was promised', () => {
    const synod = new Synod();
    synod.proposer('5.B', 'y').prepare('a1');
    expect(synod.proposer('5.A', 'x').prepare('a1')).toEqual(['nack']);
  });

  test('rounds compare as numbers, and node ids by code unit', () => {
    const synod = new Synod();
    synod.proposer('9.A', 'x').prepare('a1');
    expect(synod.proposer('10.A', 'x').prepare('a1')).toEqual(['promise']);
    expect(synod.proposer('9.B', 'x').prepare('a1')).toEqual(['nack']);
    synod.proposer('20.Z', 'x').prepare('a2');
    expect(synod.proposer('20.a', 'x').prepare('a2')).toEqual(['promise']);
  });
});

describe('S2.1: a duel', () => {
  test('proposers that always prepare before the other is accepted decide nothing, and break nothing', () => {
    const synod = new Synod();
    let last = synod.proposer('1.A', 'x');
    last.prepare('a1', 'a2', 'a3');
    for (let round = 2; round < 20; round++) {
      const next = synod.proposer(`${round}.${round % 2 === 0 ? 'B' : 'A'}`, round % 2 === 0 ? 'y' : 'x');
      next.prepare('a1', 'a2', 'a3');
      expect(last.accept('a1', 'a2', 'a3')).toEqual(['nack', 'nack', 'nack']);
      last = next;
    }
    expect(synod.chosen).toBeUndefined();
    last.accept('a1', 'a3');
    expect(synod.chosen).toBe('x');
  });

  test('leaders that are preempted back off, so that one of two candidates comes to lead', () => {
    const t = new Transcript().form();
    for (const node of ['A', 'B']) t.tell(node, 'leader', { kind: 'electionTimer' });
    t.deliver('*→*', 'probe').deliver('*→*', 'probed');
    expect(t.onWire().filter((line) => line.endsWith('prepare'))).toHaveLength(4);
    t.live(3000);
    expect(['A', 'B', 'C'].filter((node) => t.leads(node))).toHaveLength(1);
    expect(t.slot(0)).toBe('no-op');
  });
});

describe('S2.2: overwritten evidence', () => {
  test('x stays chosen though no majority stores one pair any more, and ballot 3 must pick it', () => {
    const synod = new Synod();
    const p1 = synod.proposer('1.A', 'x');
    p1.prepare('a1', 'a2');
    p1.accept('a1', 'a2');
    expect(synod.chosen).toBe('x');
    const p2 = synod.proposer('2.B', 'y');
    p2.prepare('a2', 'a3');
    expect(p2.value).toBe('x');
    p2.accept('a2');
    const p3 = synod.proposer('3.C', 'z');
    p3.prepare('a1', 'a3');
    expect(p3.value).toBe('x');
    p3.accept('a1', 'a3');
    expect(p3.learned).toBe(true);
  });
});

describe('S2.3: the value-tally trap', () => {
  test('two acceptors that hold x at different ballots have not chosen it, and a later ballot may choose y', () => {
    const synod = new Synod();
    const p1 = synod.proposer('1.A', 'x');
    p1.prepare('a1', 'a2');
    p1.accept('a1');
    const p2 = synod.proposer('2.B', 'y');
    p2.prepare('a2', 'a3');
    p2.accept('a3');
    const p3 = synod.proposer('3.C', 'z');
    p3.prepare('a1', 'a2');
    expect(p3.value).toBe('x');
    p3.accept('a2');
    expect([p1, p2, p3].map(({ learned }) => learned)).toEqual([false, false, false]);
    expect(synod.chosen).toBeUndefined();
    const p4 = synod.proposer('4.D', 'w');
    p4.prepare('a1', 'a3');
    expect(p4.value).toBe('y');
    p4.accept('a1', 'a3');
    expect(p4.learned).toBe(true);
    expect(synod.chosen).toBe('y');
  });
});

describe('S2.4: a late vote', () => {
  test('an old Accept is refused by those who promised a higher ballot', () => {
    const synod = new Synod();
    const p1 = synod.proposer('1.A', 'x');
    p1.prepare('a1', 'a2');
    synod.proposer('2.B', 'y').prepare('a1', 'a2');
    expect(p1.accept('a1', 'a2')).toEqual(['nack', 'nack']);
  });
});

describe('S2.5: a skipped Prepare', () => {
  test('an acceptor that promised nothing votes at ballot 3, and thereby promises it', () => {
    const synod = new Synod();
    const p2 = synod.proposer('2.B', 'y');
    p2.prepare('a1', 'a2');
    const p3 = synod.proposer('3.C', 'x');
    p3.prepare('a1', 'a2');
    expect(p3.accept('a3')).toEqual(['accepted']);
    expect(synod.acceptors.a3?.gauges.promised).toBe('3.C');
    expect(p2.accept('a3')).toEqual(['nack']);
  });
});
