export type { TestRunner } from './runner.js';
export { storageSuite } from './storage-suite.js';
export type { StoragePlace, StorageUnderTest } from './storage-under-test.js';
export { transportSuite } from './transport-suite.js';
export type { TransportNetwork, TransportSetting, TransportUnderTest } from './transport-under-test.js';
