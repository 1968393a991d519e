import { type Disk, LOGGER, type Logger, SCHEDULER, STORAGE } from '@synod/core';
import { ContainerModule } from 'inversify';
import type { SchedulerLike } from 'rxjs';
import { FileStorage } from './file-storage.js';
import type { FileStorageOptions } from './options.js';

/**
 * A node's storage on a disk of any kind, as a part of a deployment: in a browser, or on the simulated disk. Each node needs a disk
 * of its own. Logger and scheduler are the deployment's unless given here.
 *
 *     createNode({ self: 'a', cluster }, simulated(parts), logStorage({ disk: parts.disk }), counters);
 */
export const logStorage = ({ disk, ...options }: { readonly disk: Disk } & FileStorageOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(STORAGE)
      .toResolvedValue(
        (logger: Logger | undefined, scheduler: SchedulerLike | undefined) =>
          new FileStorage(disk, { ...(logger && { logger }), ...(scheduler && { scheduler }), ...options }),
        [
          { serviceIdentifier: LOGGER, optional: true },
          { serviceIdentifier: SCHEDULER, optional: true },
        ],
      )
      .inSingletonScope();
  });
