import { ConfigurationError, MemoryNetwork, StoppedError, type TransportStatus } from '@synod/core';
import { VirtualScheduler } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { monotonicScheduler } from '../../../packages/core/src/node/monotonic-scheduler.js';
import { MemoryTransport } from '../../../packages/core/src/transport/memory-transport.js';

const joined = (...nodes: string[]) => {
  const scheduler = new VirtualScheduler();
  const network = new MemoryNetwork();
  const transports = nodes.map((node) => {
    const transport = new MemoryTransport(node, network, scheduler);
    const heard: number[] = [];
    transport.inbound$.subscribe(([first]) => heard.push(first as number));
    transport.start();
    return { transport, heard };
  });
  return { scheduler, network, transports };
};

describe('the memory transport', () => {
  test('hands frames over in order and later, never within send', () => {
    const { scheduler, transports } = joined('a', 'b');
    const [a, b] = transports as [(typeof transports)[0], (typeof transports)[0]];
    for (const byte of [1, 2, 3]) expect(a.transport.send('b', Uint8Array.of(byte))).toBe(true);
    expect(b.heard).toEqual([]);
    scheduler.flush();
    expect(b.heard).toEqual([1, 2, 3]);
    expect(a.heard).toEqual([]);
  });

  test('drops what is for nobody, for itself, too large, or sent before start or after stop', () => {
    const { scheduler, network, transports } = joined('a', 'b');
    const [a, b] = transports as [(typeof transports)[0], (typeof transports)[0]];
    const fresh = new MemoryTransport('c', network, scheduler);
    expect(fresh.send('a', Uint8Array.of(1))).toBe(false);
    expect(a.transport.send('nobody', Uint8Array.of(1))).toBe(false);
    expect(a.transport.send('a', Uint8Array.of(1))).toBe(false);
    expect(a.transport.send('b', new Uint8Array(a.transport.capabilities.maxFrameBytes + 1))).toBe(false);
    a.transport.send('b', Uint8Array.of(9));
    b.transport.stop();
    scheduler.flush();
    expect(b.heard).toEqual([]);
    expect(a.transport.send('b', Uint8Array.of(1))).toBe(false);
    expect(b.transport.send('a', Uint8Array.of(1))).toBe(false);
  });

  test('is bounded: a node that takes nothing is sent no more after a while', () => {
    const { transports } = joined('a', 'b');
    const [a] = transports as [(typeof transports)[0]];
    const frame = Uint8Array.of(1);
    let taken = 0;
    while (taken < 100_000 && a.transport.send('b', frame)) taken++;
    expect(taken).toBe(65_536);
  });

  test('is bounded in bytes too, and takes more once that was handed over', () => {
    const { scheduler, transports } = joined('a', 'b');
    const [a] = transports as [(typeof transports)[0]];
    const sendMany = (): number => {
      let taken = 0;
      while (taken < 100 && a.transport.send('b', new Uint8Array(1024 * 1024))) taken++;
      return taken;
    };
    expect(sendMany()).toBe(64);
    scheduler.flush();
    expect(sendMany()).toBe(64);
  });

  test('lets timers and the event loop have their turn while two nodes answer each other without end, and keeps the order', () => {
    const network = new MemoryNetwork();
    const [a, b] = ['a', 'b'].map((node) => new MemoryTransport(node, network, monotonicScheduler)) as [MemoryTransport, MemoryTransport];
    const over = performance.now() + 2000;
    const heard: number[] = [];
    return new Promise<void>((done) => {
      let turns = 0;
      const again = (): void => {
        if (++turns < 3) setImmediate(again);
      };
      setTimeout(again, 0);
      let sent = 0;
      const ask = (): void => {
        for (let i = 0; i < 3; i++) a.send('b', new Uint8Array(Float64Array.of(sent++).buffer));
      };
      b.inbound$.subscribe((frame) => {
        heard.push(new Float64Array(frame.buffer)[0] as number);
        if (heard.length % 3 === 0) b.send('a', frame);
      });
      a.inbound$.subscribe(() => {
        if (turns < 3 && performance.now() < over) return ask();
        a.stop();
        b.stop();
        expect(turns).toBe(3);
        expect(heard).toEqual(heard.map((_, i) => i));
        done();
      });
      a.start();
      b.start();
      ask();
    });
  });

  test('refuses a second node of the same name until the first has stopped', () => {
    const { network, scheduler, transports } = joined('a');
    const second = new MemoryTransport('a', network, scheduler);
    expect(() => second.start()).toThrow(ConfigurationError);
    second.stop();
    expect(network.find('a')).toBe(transports[0]?.transport);
    transports[0]?.transport.stop();
    const third = new MemoryTransport('a', network, scheduler);
    third.start();
    expect(network.find('a')).toBe(third);
  });

  test('is not started again once it was stopped, and may be started twice before', () => {
    const { network, transports } = joined('a');
    const [a] = transports as [(typeof transports)[0]];
    a.transport.start();
    expect(network.find('a')).toBe(a.transport);
    a.transport.stop();
    expect(() => a.transport.start()).toThrow(StoppedError);
    expect(network.find('a')).toBeUndefined();
  });

  test('tells what it dropped, later and counted', () => {
    const { scheduler, transports } = joined('a', 'b');
    const [a] = transports as [(typeof transports)[0]];
    const told: TransportStatus[] = [];
    a.transport.status$.subscribe((status) => told.push(status));
    for (const node of ['nobody', 'a', 'nobody']) a.transport.send(node, Uint8Array.of(1));
    a.transport.send('b', new Uint8Array(a.transport.capabilities.maxFrameBytes + 1));
    expect(told).toEqual([]);
    scheduler.flush();
    expect(told).toEqual([
      { status: 'dropped', node: 'nobody', count: 2, reason: 'unknown node' },
      { status: 'dropped', node: 'a', count: 1, reason: 'unknown node' },
      { status: 'dropped', node: 'b', count: 1, reason: 'frame too large' },
    ]);
  });
});
