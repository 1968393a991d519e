import { STORAGE } from '@synod/core';
import { ContainerModule } from 'inversify';
import { LevelStorage } from './level-storage.js';
import type { LevelStorageOptions } from './options.js';

/**
 * A node's storage in a LevelDB database, whose directory is created if it is absent, as a part of a deployment. Each node needs a
 * directory of its own.
 *
 *     startNode({ self: 'a', cluster }, zmqTransport({ … }), levelStorage({ directory: './data/a' }), counters);
 */
export const levelStorage = (options: LevelStorageOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(STORAGE)
      .toDynamicValue(() => new LevelStorage(options))
      .inSingletonScope();
  });
