import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { noTests, testFilesByProject } from './test/support/projects.ts';

const files = testFilesByProject(fileURLToPath(new URL('.', import.meta.url)));

// Threads crash Temporal's native module, hence forks.
const shared = { pool: 'forks', testTimeout: 180_000, hookTimeout: 120_000 } as const;

// No setup for all: a run that has no file of a project boots nothing for it.
export default defineConfig({
  test: {
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
      { test: { ...shared, name: 'process', include: files.process, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      {
        test: {
          ...shared,
          name: 'database',
          include: files.database,
          globalSetup: ['test/support/setup-database.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'temporal',
          include: files.temporal,
          globalSetup: ['test/support/setup-temporal.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
