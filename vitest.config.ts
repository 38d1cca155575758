import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { noTests, testFilesByProject } from './test/support/projects.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const files = testFilesByProject(root);

// Workers, and the many processes that tests start, find compiled what the one before them compiled: a quarter of a start.
process.env.NODE_COMPILE_CACHE ??= `${root}build/compile-cache`;

// Threads crash Temporal's native module, hence forks. Two files at once: three fill both processors, and take as long.
const shared = { pool: 'forks', testTimeout: 180_000, hookTimeout: 120_000, expect: { poll: { timeout: 20_000 } } } as const;
const inTwos = { ...shared, maxWorkers: 2, sequence: { groupOrder: 1 } } as const;

// No setup for all: a run that has no file of a project boots nothing for it.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...noTests.map((folder) => `${folder}/**`), ...files.process, ...files.database, ...files.temporal],
          isolate: false,
          maxWorkers: '100%',
        },
      },
      { test: { ...inTwos, name: 'process', include: files.process } },
      { test: { ...inTwos, name: 'database', include: files.database, globalSetup: ['test/support/setup-database.ts'] } },
      { test: { ...inTwos, name: 'temporal', include: files.temporal, globalSetup: ['test/support/setup-temporal.ts'] } },
    ],
  },
});
