import { defineConfig } from 'vitest/config';

// `npm run screenshots`: takes the pictures of docs/ anew. Run it when the pages look different.
export default defineConfig({
  test: {
    globalSetup: ['test/support/setup-temporal.ts'],
    include: ['test/browser/*screenshots.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
