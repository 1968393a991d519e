import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run against the sources, so that a unit test may reach behind a package's exports and still see one copy of it.
    alias: [
      { find: '@synod/example-custom-transport/testing', replacement: source('examples/custom-transport/src/testing/index.ts') },
      { find: '@synod/example-custom-transport', replacement: source('examples/custom-transport/src/index.ts') },
      { find: '@synod/example-kv/program', replacement: source('examples/kv/src/program.ts') },
      { find: '@synod/example-kv/store', replacement: source('examples/kv/src/store/index.ts') },
      { find: /^@synod\/([^/]+)\/([^/]+)$/, replacement: source('packages/$1/src/$2/index.ts') },
      { find: /^@synod\/([^/]+)$/, replacement: source('packages/$1/src/index.ts') },
    ],
  },
  test: {
    globalSetup: ['test/support/nats-setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
