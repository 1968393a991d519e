import { type StorageUnderTest, storageSuite } from '@synod/core/testing';
import { describe, it } from 'vitest';
import { fileStorages } from './file.js';
import { levelStorages } from './level.js';
import { memoryStorages } from './memory.js';
import { simulatedFileStorages } from './simulated-disk.js';

const storages: readonly StorageUnderTest[] = [memoryStorages, fileStorages, simulatedFileStorages, levelStorages];

for (const subject of storages) storageSuite({ describe, it }, subject);
