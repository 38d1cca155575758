import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../test/support/api.ts';
import { smokeProblems } from './smoke-requests.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

it('asks the real API what it really answers: only Temporal, which is away here, is missed', async () => {
  // PostgreSQL has a moment to answer, which a busy machine may not give it at once.
  await expect.poll(() => smokeProblems(api.url)).toEqual([expect.stringMatching(/^\/readyz: 200 .*"temporal":"unavailable"/)]);
});

it('says what does not answer at all', async () => {
  expect(await smokeProblems('http://127.0.0.1:9')).toHaveLength(4);
});
