import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

test('the first code in the README is the quickstart, and no longer than 25 lines', () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(text('README.md')) ?? [];
  expect(code).toBe(text('examples/quickstart/src/main.ts'));
  expect(code?.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

test('the quickstart prints what three nodes agree on, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('examples/quickstart/dist/main.js', root))], {
    timeout: 30_000,
  });
  expect(stdout).toBe('a adds 2: 2\nb adds 3: 5\nc reads : 5\n');
});
