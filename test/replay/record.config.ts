import { defineConfig } from 'vitest/config';

// `npm run record-histories`: plays every shape for real and writes its history. Run it when a shape is added, or when
// attempts of the old shape are gone for good; for any other change of the workflow, a patch is the answer.
export default defineConfig({
  test: {
    globalSetup: ['test/support/setup-temporal.ts'],
    include: ['test/replay/record.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
