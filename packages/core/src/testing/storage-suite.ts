import type { TestRunner } from './runner.js';
import type { StorageUnderTest } from './storage-under-test.js';

/** Registers, in a `describe` of its own, a case for every rule that a `Storage` keeps. */
export const storageSuite = (runner: TestRunner, subject: StorageUnderTest): void => {
  runner.describe(`the storage ${subject.name}`, () => {});
};
