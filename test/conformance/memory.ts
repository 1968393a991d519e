import { MemoryNetwork, MemoryStorage } from '@synod/core';
import type { StorageUnderTest, TransportUnderTest } from '@synod/core/testing';
import { asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { MemoryTransport } from '../../packages/core/src/transport/memory-transport.js';

/** A process that stands still: what is due at once never comes. What is due later is the network's own. */
const standstill: SchedulerLike = {
  now: () => 0,
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return delay > 0 ? asyncScheduler.schedule(work, delay, state as T) : Subscription.EMPTY;
  },
};

export const memoryTransports: TransportUnderTest = {
  name: 'memory',
  capabilities: { clients: true },
  create: async () => {
    const network = new MemoryNetwork();
    return {
      transport: (node) => new MemoryTransport(node, network),
      stall: async (node) => {
        const transport = new MemoryTransport(node, network, standstill);
        transport.start();
        return async () => void transport.stop();
      },
      close: async () => {},
    };
  },
};

export const memoryStorages: StorageUnderTest = {
  name: 'memory',
  capabilities: { durable: false },
  create: async () => {
    const storage = new MemoryStorage();
    return { storage: () => storage, close: async () => {} };
  },
};
