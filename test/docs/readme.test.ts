import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { textOf } from './blocks.js';

const root = new URL('../../', import.meta.url);

test('the quickstart is no longer than 25 lines', () => {
  expect(textOf('examples/quickstart/src/main.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

test('the quickstart prints what three nodes agree on, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('examples/quickstart/dist/main.js', root))], {
    timeout: 30_000,
  });
  expect(stdout).toBe('a adds 2: 2\nb adds 3: 5\nc reads : 5\n');
});
