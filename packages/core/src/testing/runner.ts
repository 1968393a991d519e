/**
 * What the suites use of a test runner. Those of vitest and jest can be handed over as they are; node:test takes a line:
 *
 *     const runner = { describe, it: (name, body, timeout) => it(name, { timeout }, body) };
 *
 * A case that fails throws an `Error` that says which rule was broken, so no `expect` is needed.
 */
export interface TestRunner {
  describe(name: string, body: () => void): void;
  /** `timeout` is in ms: every wait of a case ends before. */
  it(name: string, body: () => Promise<void>, timeout?: number): void;
}
