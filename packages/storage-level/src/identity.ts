import { StorageError, type StorageIdentity } from '@synod/core';
import { damagedIdentity } from './errors.js';
import { type Database, DURABLE, FORMAT, IDENTITY, POSITION, put, sealJson, unsealJson } from './layout.js';

interface Written {
  readonly format: number;
  readonly cluster: string;
  readonly node: string;
  readonly generation: string;
}

/** The generation of this node's data, once it is sure that it is this node's. Makes a new database this node's. */
export const identify = async (db: Database, { cluster, node, newGeneration }: StorageIdentity, directory: string): Promise<string> => {
  const bytes = await db.get(IDENTITY);
  if (bytes === undefined) {
    const [first] = await db.keys({ limit: 1 }).all();
    if (first !== undefined) throw damagedIdentity(directory, `there is ${first}, but no ${IDENTITY}`);
    const written: Written = { format: FORMAT, cluster, node, generation: newGeneration };
    await db.batch([put(IDENTITY, sealJson(IDENTITY, written)), put(POSITION, sealJson(POSITION, 0))], DURABLE);
    // Into a table: at the end of a log it would be forgotten if it were damaged.
    await db.compactRange(IDENTITY, POSITION);
    return newGeneration;
  }
  const found = unsealJson<Written>(IDENTITY, bytes);
  if (found === undefined) throw damagedIdentity(directory, `${IDENTITY} is damaged`);
  if (found.format !== FORMAT)
    throw new StorageError(
      'UNKNOWN_FORMAT',
      `${directory} is in storage format ${found.format}, and this version of Synod reads format ${FORMAT}; run the version that wrote it`,
    );
  if (found.cluster !== cluster || found.node !== node)
    throw new StorageError(
      'FOREIGN_STORAGE',
      `${directory} holds the data of node "${found.node}" of cluster "${found.cluster}", ` +
        `not of node "${node}" of cluster "${cluster}"; give each node a directory of its own`,
    );
  return found.generation;
};
