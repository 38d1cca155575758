import { defineConfig } from 'vitest/config';

// Threads crash Temporal's native module, hence forks. Tests that need a process run one file at a time: on two cores
// parallel files only make each other late.
const shared = { pool: 'forks', testTimeout: 180_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      {
        extends: true,
        test: { ...shared, name: 'unit', include: ['{domain,exams,platform,publication,workflows,activities,store}/**/*.test.ts'] },
      },
      {
        test: {
          ...shared,
          name: 'process',
          include: ['{api,local,workers,cli,trials,deploy}/**/*.test.ts', 'test/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
