import type { TestRunner } from '@synod/core/testing';

/** Runs all cases of a suite, one after another, and tells which failed. */
export const brokenRules = async (register: (runner: TestRunner) => void): Promise<string[]> => {
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  register({ describe: (_, body) => body(), it: (name, body) => cases.push({ name, body }) });
  const broken: string[] = [];
  for (const { name, body } of cases)
    await body().catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
      broken.push(name);
    });
  return broken;
};
