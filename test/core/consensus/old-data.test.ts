import { colocated, StorageError, topology } from '@synod/core';
import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

const EPOCH = 30_000;

const admitted = (t: Transcript, nodes = ['A', 'B', 'C']): string[] => nodes.filter((node) => t.gauges(node, 'acceptor').admitted);

/** Fails unless `act` ends the node because its data is old. */
const refused = (t: Transcript, node: string, act: () => void): StorageError => {
  expect(act).toThrow(StorageError);
  const [error] = t.failures(node);
  expect(error).toMatchObject({ code: 'OLD_DATA' });
  t.crash(node);
  return error as StorageError;
};

const ballot = { round: 9, node: 'A' };
const prepare = { kind: 'prepare', ballot, nonce: 1, from: 0 } as never;
const accept = { kind: 'accept', ballot, first: 9, entries: [], commit: 4, truncate: 0 } as never;
const heartbeat = { kind: 'heartbeat', ballot, round: 1, commit: 4, truncate: 0 } as never;
const probe = { kind: 'probe', nonce: 7, silence: 0 } as never;

describe('a node that starts again', () => {
  test('neither promises nor votes, confirms no read and supports nobody before a majority has this life on record', () => {
    const t = Transcript.led('A').crash('C').start('C');
    const told = (): string[] => t.onWire('C→A').filter((line) => !line.endsWith('enrol'));
    for (const message of [prepare, accept, heartbeat, probe]) t.send('A→C', 'leader', 'acceptor', message);
    expect(told()).toEqual([]);
    expect(t.gauges('C', 'acceptor')).toMatchObject({ formed: true, admitted: false, epoch: 2 });
    t.deliver('C→B', 'enrol').deliver('B→C', 'enrolled');
    expect(t.gauges('C', 'acceptor')).toMatchObject({ formed: true, admitted: true, epoch: 2 });
    for (const message of [prepare, accept, heartbeat, probe]) t.send('A→C', 'leader', 'acceptor', message);
    expect(told()).toEqual(['C→A promise', 'C→A accepted', 'C→A heard', 'C→A probed']);
  });

  test('learns all the while', () => {
    const t = Transcript.led('A');
    t.submit('A', 'x');
    t.flow('A', 'B').lose('*→C').crash('C').cut('C→*').start('C').live(2000);
    expect(admitted(t, ['C'])).toEqual([]);
    expect(t.gauges('C', 'acceptor').chosen).toBe(4);
  });

  test('needs one other of three, and no third', () => {
    const t = Transcript.led('A').crash('B').crash('C').start('B').flow('A', 'B');
    expect(admitted(t, ['B'])).toEqual(['B']);
    const x = t.submit('A', 'x');
    t.live(500, 'A', 'B');
    expect(t.outcome(x)).toBe(2);
    t.crash('A').crash('B').start('B').live(5000);
    expect(admitted(t, ['B'])).toEqual([]);
  });

  test('is answered by nodes that are starting themselves: all may die at once', () => {
    const t = Transcript.led('A');
    t.submit('A', 'x');
    t.flow();
    for (const node of ['A', 'B', 'C']) t.crash(node);
    for (const node of ['A', 'B', 'C']) t.start(node);
    expect(admitted(t)).toEqual([]);
    t.flow();
    expect(admitted(t)).toEqual(['A', 'B', 'C']);
    t.live(2000);
    expect(t.applied('C')).toEqual(['hello from A', 'x']);
  });

  test('is its own majority if it is alone', () => {
    const t = new Transcript({ topology: colocated(['A']) }).restart('A');
    expect(t.gauges('A', 'acceptor')).toMatchObject({ admitted: true, epoch: 2 });
    t.live(1000);
    expect(t.leads('A')).toBe(true);
  });

  test('asks nobody before its own record of this life is durable, and is answered when that of the other is', () => {
    const t = Transcript.led('A').crash('C');
    t.disk('C').stuck = true;
    t.start('C');
    expect(t.onWire('C→*')).toEqual([]);
    t.disk('C').sync();
    t.wait(0).disk('B').stuck = true;
    t.deliver('C→B', 'enrol');
    expect(t.onWire('B→C')).toEqual([]);
    t.disk('B').sync();
    t.wait(0).deliver('B→C', 'enrolled');
    expect(admitted(t, ['C'])).toEqual(['C']);
  });

  test('again and again is not taken for a copy of itself, whatever is lost, late or said twice', () => {
    const t = Transcript.led('A');
    const late = [];
    for (let life = 0; life < 8; life++) {
      t.crash('C').start('C');
      // Some acceptors hear of some lives, some answers arrive, and everything is also kept.
      if (life % 2 === 0) t.flowOnly('C→A', 'enrol');
      if (life % 3 === 0) t.flowOnly('C→B', 'enrol');
      if (life % 4 === 0) t.flowOnly('A→C', 'enrolled');
      late.push(...t.hold('*→*', 'enrol', 'enrolled'));
    }
    const backwards = [...late].reverse();
    t.release(late).release(backwards).live(1000).release(backwards).release(late).live(1000);
    expect(admitted(t)).toEqual(['A', 'B', 'C']);
    expect(t.gauges('C', 'acceptor').epoch).toBe(9);
    const x = t.submit('C', 'x');
    t.live(1000);
    expect(t.outcome(x)).toBe(2);
  });

  test('asks one that is away ever more seldom, and soon when it is there again', () => {
    const t = Transcript.led('A').crash('C').restart('B');
    const asked = (): number => t.onWire('B→C').filter((line) => line.endsWith('enrol')).length;
    t.lose('*→*').wait(60_000);
    expect(asked()).toBeGreaterThan(5);
    expect(asked()).toBeLessThan(20);
    t.lose('*→*').start('C').deliver('C→B', 'enrol');
    expect(asked()).toBe(1);
    t.lose('*→*').wait(301).deliver('C→B', 'enrol').lose('*→*').wait(301);
    expect(asked()).toBe(1);
    // C has it on record, but may not vote itself yet: it may be a copy.
    t.deliver('B→C', 'enrol').deliver('C→B', 'enrolled').lose('*→*').wait(301);
    expect(t.gauges('B', 'acceptor').onRecord).toBe(false);
    t.live(3000);
    expect(t.gauges('B', 'acceptor').onRecord).toBe(true);
    t.lose('*→*').wait(20_000);
    expect(asked()).toBe(0);
  });
});

describe('an old copy of the data of a node', () => {
  /** x is chosen by A and B alone, after B was copied and restarted. */
  const forgetful = () => {
    const t = Transcript.led('A');
    const copy = t.disk('B').copy();
    t.restart('B').flow().submit('A', 'x');
    t.lose('*→C').flow('A', 'B');
    expect(t.slot(3)).toBe('x');
    return { t, copy };
  };

  test('is refused by whoever has a later epoch on record, with an error that says what to do', () => {
    const { t, copy } = forgetful();
    const newest = t.disk('B').copy();
    t.crash('A').putBack('B', copy);
    const { message } = refused(t, 'B', () => t.flow('B', 'C'));
    expect(message).toMatch(/node B is in epoch 2 of group log, on data that does not know of an epoch 2 which C has on record/);
    expect(message).toMatch(/old copy.*must not vote.*bring back its newest data/);
    // It has not voted: with its newest data the two that are left know of x.
    t.putBack('B', newest).live(3000);
    expect(admitted(t, ['B', 'C'])).toEqual(['B', 'C']);
    expect(t.applied('C')).toEqual(['hello from A', 'x']);
  });

  test('is refused however often it starts, and leaves no trace: the newest data then serves', () => {
    const { t, copy } = forgetful();
    const newest = t.disk('B').copy();
    t.putBack('B', copy);
    for (let times = 0; times < 6; times++) {
      refused(t, 'B', () => t.live(50));
      t.start('B');
    }
    refused(t, 'B', () => t.live(50));
    t.putBack('B', newest).live(1000);
    expect(admitted(t)).toEqual(['A', 'B', 'C']);
    expect(t.applied('B')).toEqual(['hello from A', 'x']);
  });

  test('is told from data that was in use for an epoch longer, without a start between', () => {
    const t = Transcript.led('A');
    t.live(EPOCH);
    const copy = t.disk('B').copy();
    t.submit('A', 'x');
    t.live(EPOCH + 500);
    expect(t.gauges('B', 'acceptor').epoch).toBeGreaterThan(2);
    refused(t, 'B', () => t.putBack('B', copy).live(50));
  });

  test('is not told if it was made in the epoch that the data was last in', () => {
    const t = Transcript.led('A');
    t.live(EPOCH);
    const copy = t.disk('B').copy();
    t.submit('A', 'x');
    t.live(EPOCH / 2)
      .putBack('B', copy)
      .live(50);
    expect(admitted(t)).toEqual(['A', 'B', 'C']);
  });

  test('is not told while those that could are down; but when one comes back, however often it has started by then', () => {
    const t = Transcript.led('A').crash('C');
    const copy = t.disk('B').copy();
    // Only A has the life of B on record that the copy does not know of.
    t.restart('B').live(100, 'A', 'B').crash('A').putBack('B', copy).start('C');
    for (let life = 0; life < 5; life++) {
      t.live(100, 'B', 'C');
      expect(admitted(t, ['B'])).toEqual(['B']);
      t.crash('B').start('B');
    }
    t.live(100, 'B', 'C').start('A');
    expect(refused(t, 'B', () => t.live(1000)).message).toMatch(/an epoch 2 which A has on record/);
  });

  test('is not admitted by a node that has lost its own data, and what it had on record with it', () => {
    const t = Transcript.led('A');
    const copy = t.disk('B').copy();
    t.restart('B').live(100).wipe('C').crash('A').putBack('B', copy).live(1000, 'B', 'C');
    expect(t.gauges('C', 'acceptor').formed).toBe(false);
    expect(admitted(t, ['B'])).toEqual([]);
    refused(t, 'B', () => t.start('A').live(1000));
  });

  test('that has run keeps the data that it is a copy of from voting, too: neither has all that was told', () => {
    const t = Transcript.led('A').crash('C');
    const copy = t.disk('B').copy();
    t.restart('B').live(100, 'A', 'B');
    const other = t.disk('B').copy();
    t.crash('A').putBack('B', copy).start('C').live(100, 'B', 'C');
    expect(admitted(t, ['B'])).toEqual(['B']);
    refused(t, 'B', () => t.putBack('B', other).live(1000));
  });

  test('that was refused asks late, and often: that is not held against the newest data', () => {
    const { t, copy } = forgetful();
    const newest = t.disk('B').copy();
    const late = [];
    t.putBack('B', copy);
    for (let times = 0; times < 3; times++) {
      late.push(...t.hold('B→C', 'enrol'));
      refused(t, 'B', () => t.live(50, 'A', 'B'));
      t.start('B');
    }
    late.push(...t.hold('B→C', 'enrol'));
    // Its last questions know of as many epochs as the newest data, or more, and not of the one that C has on record.
    t.putBack('B', newest).release(late).live(1000).release(late).live(1000);
    expect(admitted(t)).toEqual(['A', 'B', 'C']);
    t.crash('A').restart('B').release(late).live(3000);
    expect(admitted(t, ['B', 'C'])).toEqual(['B', 'C']);
    expect(t.applied('C')).toEqual(['hello from A', 'x']);
  });

  test('that has run is not told by a late question of the data that it is a copy of, which looks like that of a refused copy', () => {
    const t = Transcript.led('A').crash('C');
    const copy = t.disk('B').copy();
    t.crash('B').start('B');
    const late = t.hold('B→C', 'enrol');
    t.live(100, 'A', 'B').crash('A').putBack('B', copy).start('C').live(100, 'B', 'C');
    t.release(late).live(1000, 'B', 'C');
    expect(admitted(t, ['B'])).toEqual(['B']);
    refused(t, 'B', () => t.start('A').live(1000));
  });

  test('is nobody else’s affair: the others serve on', () => {
    const { t, copy } = forgetful();
    refused(t, 'B', () => t.putBack('B', copy).live(50));
    const y = t.submit('A', 'y');
    t.live(1000);
    expect(t.outcome(y)).toBe(3);
    expect(t.applied('C')).toEqual(['hello from A', 'x', 'y']);
  });
});

describe('an old copy of the data of a node that only leads', () => {
  test('takes a round again that it had not proposed in, and no promise to its former life for one to this', () => {
    const leads = ['proposer', 'leader', 'learner'];
    const placed = topology({ L: leads, M: leads, x: ['acceptor'], y: ['acceptor'], z: ['acceptor'] });
    const t = new Transcript({ topology: placed }).form().elect('M').flow();
    const copy = t.disk('L').copy();
    // v is chosen by y and z, which do not hear of that; L learns it.
    t.submit('M', 'v');
    t.cut('M→x').flow('M', 'y', 'z').deliver('M→L', 'decided').lose('*→*').heal();
    expect(t.applied('L')).toEqual(['v']);
    t.crash('M').wait(5000).lose('*→*');
    // L stands for what is open: z has no vote there.
    const standing = (...supporters: string[]) =>
      t.tell('L', 'leader', { kind: 'electionTimer' }).deliver(`L→${supporters}`, 'probe').deliver(`${supporters}→L`, 'probed');
    standing('y', 'z').deliver('L→z', 'prepare');
    const late = t.hold('z→L', 'promise');
    t.lose('*→*').putBack('L', copy);
    standing('x', 'y').deliver('L→x', 'prepare').deliver('x→L', 'promise').release(late);
    expect([late[0]?.message, t.gauges('L', 'leader')]).toMatchObject([{ ballot: { round: 2 } }, { phase: 'scouting', ballot: '2.L' }]);
    t.live(5000);
    expect(t.leads('L')).toBe(true);
    expect(t.applied('L')).toEqual(['v']);
  });
});
