import { type Disk, LOGGER, type Logger, SCHEDULER, STORAGE } from '@synod/core';
import { ContainerModule } from 'inversify';
import type { SchedulerLike } from 'rxjs';
import { FileStorage, type FileStorageOptions } from './file-storage.js';
import { NodeDisk } from './node-disk.js';

/** Where the files are: a directory of this machine, created if it is absent, or a disk of another kind. */
export type FileStoragePlace = { readonly directory: string } | { readonly disk: Disk };

/**
 * A node's storage in files, as a part of a deployment. Each node needs a directory of its own. Logger and scheduler are the
 * deployment's unless given here.
 *
 *     startNode({ self: 'a', cluster }, zmqTransport({ … }), fileStorage({ directory: './data/a' }), counters);
 */
export const fileStorage = (options: FileStoragePlace & FileStorageOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(STORAGE)
      .toResolvedValue(
        (logger: Logger | undefined, scheduler: SchedulerLike | undefined) =>
          new FileStorage('disk' in options ? options.disk : new NodeDisk(options.directory), {
            ...('directory' in options && { label: options.directory }),
            ...(logger && { logger }),
            ...(scheduler && { scheduler }),
            ...options,
          }),
        [
          { serviceIdentifier: LOGGER, optional: true },
          { serviceIdentifier: SCHEDULER, optional: true },
        ],
      )
      .inSingletonScope();
  });
