import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../examples/fast-paxos/dist/main.js', import.meta.url));

test('the example counts four message delays by Multi-Paxos and two by Fast Paxos, which collides, and goes on as four without a node', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { timeout: 50_000 });
  const row = (name: string): string[] =>
    stdout
      .split('\n')
      .find((line) => line.includes(`│ ${name} `))
      ?.split('│')
      .map((cell) => cell.trim())
      .slice(2, -1) ?? [];
  const ms = expect.stringMatching(/^\d+$/);
  expect(row('Multi-Paxos')).toEqual(['4', ms, ms, "'0 of 9'", '4', 'false', `'{"classic":1}'`]);
  expect(row('Fast Paxos')).toEqual(['2', ms, ms, expect.stringMatching(/^'[1-9] of 9'$/), '4', 'false', `'{"classic":1,"fast":0}'`]);
});
