import { type Disk, StorageError, type StorageIdentity } from '@synod/core';
import { crc32 } from './crc32.js';
import { damagedIdentity, pathOf } from './errors.js';
import { IDENTITY, readWhole, writeWhole } from './files.js';
import { type Steps, wait } from './sequence.js';

/**
 * Whose directory this is, in three lines that a person can read:
 *
 *     synod storage, format 1
 *     {"cluster":"shop","node":"a","generation":"5b0e…"}
 *     crc32 0badf00d
 *
 * Written once, as the last act of the first `open`: so where it is, the first segment is too.
 */
const FORMAT = 1;

const LAYOUT = /^(synod storage, format (\d+)\n(.*)\n)crc32 ([0-9a-f]{8})\n$/;
const utf8 = new TextEncoder();
const text = new TextDecoder();

const hex = (checksum: number): string => checksum.toString(16).padStart(8, '0');

export function* writeIdentity(disk: Disk, { cluster, node, newGeneration }: StorageIdentity): Steps<void> {
  const lines = `synod storage, format ${FORMAT}\n${JSON.stringify({ cluster, node, generation: newGeneration })}\n`;
  yield* writeWhole(disk, IDENTITY, utf8.encode(`${lines}crc32 ${hex(crc32(utf8.encode(lines)))}\n`));
}

/** The generation, once it is sure that the data is this node's. `label` names the directory in messages. */
export function* readIdentity(disk: Disk, expected: StorageIdentity, label: string): Steps<string> {
  const bytes = yield* readWhole(disk, IDENTITY);
  const [, lines, format, body, checksum] = LAYOUT.exec(text.decode(bytes)) ?? [];
  if (lines === undefined || hex(crc32(utf8.encode(lines))) !== checksum) {
    throw damagedIdentity(label, `${pathOf(label, IDENTITY)} is damaged`);
  }
  if (Number(format) !== FORMAT) {
    throw new StorageError(
      'UNKNOWN_FORMAT',
      `${label} is in storage format ${format}, and this version of Synod reads format ${FORMAT}; run the version that wrote it`,
    );
  }
  const found = JSON.parse(body as string) as { cluster: string; node: string; generation: string };
  if (found.cluster !== expected.cluster || found.node !== expected.node) {
    throw new StorageError(
      'FOREIGN_STORAGE',
      `${label} holds the data of node "${found.node}" of cluster "${found.cluster}", ` +
        `not of node "${expected.node}" of cluster "${expected.cluster}"; give each node a directory of its own`,
    );
  }
  return found.generation;
}

export const nobodysData = (label: string, what: string): StorageError =>
  damagedIdentity(label, `there is ${what}, but no ${pathOf(label, IDENTITY)}`);

/** Takes the directory for this process. */
export function* lock(disk: Disk, label: string): Steps<void> {
  if (yield* wait(disk.lock())) return;
  throw new StorageError(
    'STORAGE_LOCKED',
    `${label} is in use by another process, running or suspended; stop that process, or give this node a directory of its own`,
  );
}
