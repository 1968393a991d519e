import {
  always,
  between,
  calm,
  type NetworkConditions,
  rough,
  SeededRandom,
  SimulatedNetwork,
  Trace,
  VirtualScheduler,
} from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';

const setUp = (conditions: NetworkConditions = calm, seed = 1) => {
  const scheduler = new VirtualScheduler();
  const trace = new Trace(scheduler);
  const network = new SimulatedNetwork(scheduler, new SeededRandom(seed), trace, conditions);
  const heard: string[] = [];
  const join = (id: string) => {
    const life = scheduler.child();
    const transport = network.transport(id, life);
    transport.inbound$.subscribe((frame) => heard.push(`${id} ${frame.join()}`));
    transport.start().subscribe();
    return { life, transport };
  };
  return { scheduler, trace, network, heard, join };
};

const frame = (...bytes: number[]) => Uint8Array.from(bytes);

describe('the simulated network', () => {
  test('brings frames later, in the order of a link, never within send', () => {
    const { scheduler, heard, join } = setUp({ ...calm, delay: between(0, 10) });
    const a = join('a').transport;
    join('b');
    for (let i = 0; i < 50; i++) expect(a.send('b', frame(i))).toBe(true);
    expect(heard).toEqual([]);
    scheduler.flush();
    expect(heard).toEqual(Array.from({ length: 50 }, (_, i) => `b ${i}`));
  });

  test('loses, repeats and reorders about as many frames as it is told to, and invents none', () => {
    const { scheduler, network, heard, join } = setUp({ ...rough, loss: 100, duplication: 100, reordering: 100 });
    const a = join('a').transport;
    join('b');
    for (let i = 0; i < 2000; i++) a.send('b', frame(i >> 8, i & 255));
    scheduler.flush();
    expect(network.counts.lost).toBeGreaterThan(120);
    expect(network.counts.lost).toBeLessThan(280);
    expect(network.counts.duplicated).toBeGreaterThan(120);
    expect(heard).toHaveLength(2000 - network.counts.lost + network.counts.duplicated);
    expect(new Set(heard).size).toBeLessThanOrEqual(2000);
    expect(scheduler.now()).toBeGreaterThan(1000);
    const inOrder = heard.map((one) => one.split(' ')[1]?.split(',').map(Number)).map((bytes) => bytes![0]! * 256 + bytes![1]!);
    expect(inOrder).not.toEqual(inOrder.toSorted((x, y) => x - y));
  });

  test('a cut link carries nothing in its direction, not even what was on its way', () => {
    const { scheduler, network, heard, join } = setUp({ ...calm, delay: always(5) });
    const [a, b] = [join('a').transport, join('b').transport];
    a.send('b', frame(1));
    b.send('a', frame(2));
    network.cut('a', 'b');
    expect(a.send('b', frame(3))).toBe(true);
    scheduler.flush();
    expect(heard).toEqual(['a 2']);
    network.mend('a', 'b');
    a.send('b', frame(4));
    scheduler.flush();
    expect(heard).toEqual(['a 2', 'b 4']);
  });

  test('a partition separates its groups and nobody else, until it heals', () => {
    const { scheduler, network, heard, join } = setUp();
    const nodes = ['a', 'b', 'c', 'client'].map((id) => [id, join(id).transport] as const);
    const all = () => {
      heard.length = 0;
      for (const [from, transport] of nodes) for (const [to] of nodes) if (from !== to) transport.send(to, frame(from.charCodeAt(0)));
      scheduler.flush();
      return heard.length;
    };
    network.partition(['a'], ['b', 'c']);
    expect(all()).toBe(12 - 4);
    expect([network.isCut('a', 'b'), network.isCut('b', 'a'), network.isCut('b', 'c')]).toEqual([true, true, false]);
    network.heal();
    expect(all()).toBe(12);
  });

  test('a killed node hears and sends nothing; its next life may get what was sent to it before', () => {
    const { scheduler, heard, join } = setUp({ ...calm, delay: always(5) });
    const a = join('a').transport;
    const b = join('b');
    a.send('b', frame(1));
    b.life.kill();
    expect(b.transport.send('a', frame(9))).toBe(false);
    scheduler.flush();
    expect(heard).toEqual([]);
    a.send('b', frame(2));
    const again = join('b');
    scheduler.flush();
    expect(heard).toEqual(['b 2']);
    expect(b.transport.send('a', frame(9))).toBe(false);
    expect(again.transport.send('a', frame(3))).toBe(true);
  });

  test('a paused node hears after its pause what came in it', () => {
    const { scheduler, heard, join } = setUp({ ...calm, delay: always(1) });
    const a = join('a').transport;
    const b = join('b');
    b.life.pause(20);
    a.send('b', frame(1));
    scheduler.runUntil(19);
    expect(heard).toEqual([]);
    scheduler.runUntil(20);
    expect(heard).toEqual(['b 1']);
  });

  test('frames may not be sent before start, after stop, to oneself, to a stranger, or above the limit', () => {
    const { scheduler, network, join } = setUp();
    const early = network.transport('early', scheduler.child());
    const a = join('a').transport;
    expect(early.send('a', frame(1))).toBe(false);
    expect(a.send('a', frame(1))).toBe(false);
    expect(a.send('stranger', frame(1))).toBe(false);
    expect(a.send('early', new Uint8Array(a.capabilities.maxFrameBytes + 1))).toBe(false);
    a.stop().subscribe();
    expect(a.send('early', frame(1))).toBe(false);
  });

  test('a link takes a bounded number of frames', () => {
    const { network, join } = setUp();
    const a = join('a').transport;
    join('b');
    let taken = 0;
    while (a.send('b', frame(1))) taken++;
    expect(taken).toBe(4096);
    expect(network.counts.overflowed).toBe(1);
  });

  test('each receiver of a frame has its own, and a sender that changes one is found out', () => {
    const { scheduler, heard, join, network } = setUp({ ...calm, duplication: 1000 });
    const a = join('a').transport;
    const b = join('b').transport;
    b.inbound$.subscribe((received) => received.fill(0));
    const sent = frame(1, 2, 3);
    a.send('b', sent);
    scheduler.flush();
    expect(heard).toEqual(['b 1,2,3', 'b 1,2,3']);
    network.conditions = calm;
    a.send('b', sent);
    sent[0] = 9;
    expect(() => scheduler.flush()).toThrow('a changed a frame to b after handing it to send');
  });

  test('the same seed gives the same history, another seed another', () => {
    const history = (seed: number) => {
      const { scheduler, trace, join } = setUp(rough, seed);
      const nodes = ['a', 'b', 'c'].map((id) => join(id).transport);
      for (let i = 0; i < 300; i++) nodes[i % 3]?.send(['a', 'b', 'c'][(i + 1) % 3]!, frame(i & 255));
      scheduler.flush();
      return trace.hash;
    };
    expect(history(1)).toBe(history(1));
    expect(history(1)).not.toBe(history(2));
  });
});
