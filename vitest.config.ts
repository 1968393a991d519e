import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Tests that start no processes, change nothing global and do not take long: a process runs them one after another, and loads the
 * sources once. Of folders within these folders too.
 */
const TOGETHER = [
  'test/{core,storage-file}/**/*.test.ts',
  'test/fast-paxos/**/!(sockets).test.ts',
  'test/simulation/**/!(campaign|command|mutants|old-data).test.ts',
];
const NEVER = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  resolve: {
    // Tests run against the sources, so that a unit test may reach behind a package's exports and still see one copy of it.
    alias: [
      { find: '@synod/example-custom-transport/testing', replacement: source('examples/custom-transport/src/testing/index.ts') },
      { find: '@synod/example-custom-transport', replacement: source('examples/custom-transport/src/index.ts') },
      { find: '@synod/example-kv/program', replacement: source('examples/kv/src/program.ts') },
      { find: '@synod/example-kv/store', replacement: source('examples/kv/src/store/index.ts') },
      { find: /^@synod\/core\/(multi-paxos|synod)$/, replacement: source('packages/core/src/consensus/$1/index.ts') },
      { find: /^@synod\/([^/]+)\/([^/]+)$/, replacement: source('packages/$1/src/$2/index.ts') },
      { find: /^@synod\/([^/]+)$/, replacement: source('packages/$1/src/index.ts') },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // In the order of their names: the short files come last, and keep both workers busy to the end.
    projects: [
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...TOGETHER, ...NEVER],
          globalSetup: ['test/support/nats-setup.ts'],
        },
      },
      { extends: true, test: { name: 'together', include: TOGETHER, exclude: NEVER, isolate: false } },
    ],
  },
});
