import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { colocated, MemoryNetwork, memoryTransport, startNode } from '@synod/core';
import { storageSuite } from '@synod/core/testing';
import { describe, expect, it, test } from 'vitest';
import { oneFileStorage } from '../../examples/custom-storage/src/one-file-storage.js';
import { oneFileStorages } from '../../examples/custom-storage/src/place.js';
import { counters } from '../support/counters.js';

storageSuite({ describe, it }, oneFileStorages);

test('a node keeps its state in one file from life to life', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'synod-one-file-'));
  for (let life = 1; life <= 3; life++) {
    const cluster = colocated(['a']);
    const node = await startNode({ self: 'a', cluster }, memoryTransport(new MemoryNetwork()), oneFileStorage({ directory }), counters);
    expect(await node.of(counters).submit({ add: 2 })).toBe(2 * life);
    await node.stop();
  }
  rmSync(directory, { recursive: true });
});
