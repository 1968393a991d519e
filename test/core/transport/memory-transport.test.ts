import { ConfigurationError, MemoryNetwork } from '@synod/core';
import { VirtualScheduler } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
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

  test('refuses a second node of the same name until the first has stopped', () => {
    const { network, scheduler, transports } = joined('a');
    const second = new MemoryTransport('a', network, scheduler);
    expect(() => second.start()).toThrow(ConfigurationError);
    second.stop();
    expect(network.find('a')).toBe(transports[0]?.transport);
    transports[0]?.transport.stop();
    second.start();
    expect(network.find('a')).toBe(second);
  });
});
