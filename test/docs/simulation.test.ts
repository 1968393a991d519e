import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { colocated } from '@synod/core';
import { allFaults, multiPaxosInvariants, synodInvariants } from '@synod/core/simulation';
import { expect, test } from 'vitest';
import { textOf } from './blocks.js';

const root = new URL('../../', import.meta.url);
const page = textOf('docs/simulation.md');

test('the example passes, and its traces are the same each time', async () => {
  const program = fileURLToPath(new URL('examples/simulation/dist/main.js', root));
  const run = async () => (await promisify(execFile)(process.execPath, [program])).stdout;
  const [once, again] = [await run(), await run()];
  expect(once.match(/passed, \d+ operations/g)).toHaveLength(10);
  expect(again).toBe(once);
});

test('the page names every fault and every invariant', () => {
  const topology = colocated(['a']);
  const names = [...allFaults, ...multiPaxosInvariants({ topology }), ...synodInvariants({ topology })].map(({ name }) => name);
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});
