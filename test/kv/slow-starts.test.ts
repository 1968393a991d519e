import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test as base } from 'vitest';
import { Workshop } from './support/program.js';

/** Each waits for what is said every few seconds: they do so side by side, and so each has a workshop of its own. */
const test = base.extend<{ workshop: Workshop }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture depends on.
  workshop: async ({}, use) => {
    const workshop = await Workshop.open();
    await use(workshop);
    await workshop.close();
  },
});

test.concurrent('npm start says of a slow node that it still recovers', async ({ workshop, expect }) => {
  const preload = join(workshop.directory, 'slow.mjs');
  writeFileSync(preload, `if (process.argv.includes('a')) await new Promise(() => setInterval(() => {}, 1e9));`);
  const environment = { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` };
  const start = workshop.programWith(environment, 'start.js', '--config', workshop.configFile);
  await start.prints(/node a: still recovering .* \(\d+ s\)\n/);
  expect(start.output).not.toContain('node b: still recovering');
  start.child.kill('SIGINT');
  expect(await start.code).toBe(0);
});

test.concurrent('npm start says of a store without a leader that none leads yet', async ({ workshop, expect }) => {
  const taken = createServer().listen(workshop.ports[5], '127.0.0.1');
  try {
    const start = workshop.program('start.js', '--config', workshop.configFile);
    await start.prints(/Node c did not start; the others do\. node c cannot listen at tcp:.*: the address is in use/);
    await start.prints(/no node leads yet \(\d+ s\); the first start needs all nodes that vote/);
    start.child.kill('SIGINT');
    expect(await start.code).toBe(0);
  } finally {
    taken.close();
  }
});

test.concurrent('npm start says where nodes that find no NATS server look for one', async ({ workshop, expect }) => {
  const server = `127.0.0.1:${workshop.ports[3]}`;
  const file = workshop.write('nats.json', { transport: 'nats', servers: [server], nodes: [{ id: 'a' }] });
  const start = workshop.program('start.js', '--verbose', '--config', file);
  await start.prints(`node a: still recovering what is on the disk, or finding no NATS server at ${server} (`);
  await start.prints(`or finds no server at ${server} (`);
  start.child.kill('SIGINT');
  expect(await start.code).toBe(0);
});
