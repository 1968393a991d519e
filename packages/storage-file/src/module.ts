import type { ContainerModule } from 'inversify';
import { type FileStorageOptions, logStorage } from './log/index.js';
import { NodeDisk } from './node-disk.js';

/**
 * A node's storage in the files of a directory, which is created if it is absent, as a part of a deployment. Each node needs a
 * directory of its own. Logger and scheduler are the deployment's unless given here.
 *
 *     startNode({ self: 'a', cluster }, zmqTransport({ … }), fileStorage({ directory: './data/a' }), counters);
 */
export const fileStorage = ({ directory, ...options }: { readonly directory: string } & FileStorageOptions): ContainerModule => {
  const disk = new NodeDisk(directory);
  return logStorage({ disk, label: disk.directory, ...options });
};
