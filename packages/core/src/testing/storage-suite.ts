import type { TestRunner } from './runner.js';
import { checkpointCases } from './storage/checkpoints.js';
import { crashCases } from './storage/crashes.js';
import { recordCases } from './storage/records.js';
import { refusalCases } from './storage/refusals.js';
import { Cases } from './storage/trial.js';
import type { StorageUnderTest } from './storage-under-test.js';

/**
 * Registers, in a `describe` of its own, a case for every rule that a `Storage` keeps. Its author writes one file:
 *
 *     import { storageSuite } from '@synod/core/testing';
 *     import { describe, it } from 'vitest';
 *
 *     storageSuite({ describe, it }, { name: 'mine', capabilities: { durable: true }, create: async () => new MyPlace() });
 *
 * Whatever is found when a storage is opened is held against what was handed over and what was acknowledged before.
 */
export const storageSuite = (runner: TestRunner, subject: StorageUnderTest): void => {
  runner.describe(`the storage ${subject.name}`, () => {
    const cases = new Cases(runner, subject);
    recordCases(cases);
    checkpointCases(cases);
    refusalCases(cases);
    crashCases(cases);
  });
};
