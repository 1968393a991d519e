import { ContainerModule } from 'inversify';
import { MemoryStorage } from '../storage/memory-storage.js';
import { type MemoryNetwork, MemoryTransport } from '../transport/memory-transport.js';
import { NODE_IDENTITY, SCHEDULER, STORAGE, TRANSPORT } from '../wiring/tokens.js';

/** A transport between the nodes of one process: for tests, examples and browsers. */
export const memoryTransport = (network: MemoryNetwork): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TRANSPORT)
      .toResolvedValue(({ self }, scheduler) => new MemoryTransport(self, network, scheduler), [NODE_IDENTITY, SCHEDULER])
      .inSingletonScope();
  });

/** A storage without a disk: for tests, examples and learners that may start anew. Give the same `storage` to a node's next life to let it recover. */
export const memoryStorage = (storage?: MemoryStorage): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(STORAGE)
      .toResolvedValue(() => storage ?? new MemoryStorage())
      .inSingletonScope();
  });
