import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../test/support/api.ts';
import type { Cast } from './cast.ts';
import { createApiClient } from './client.ts';
import { publishExam } from './exams.ts';
import { examIdOf, loadExam } from '../load/exams.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ environment: { EXAM_PUBLICATION: 'two-persons' } });
});
afterAll(() => api?.close());

it('publishes where it takes two persons, as installations have it that nobody told otherwise, and again without a change', async () => {
  const cast: Cast = (person) => createApiClient({ baseUrl: api.url, token: () => api.issuer.token(person) });
  const dana = { subject: 'dana', name: 'Dana' };
  for (let time = 1; time <= 2; time += 1) await publishExam(cast, loadExam('exam-day'), dana);
  const attempt = await cast({ subject: 'ada', name: 'Ada', roles: ['candidate'] }).register(examIdOf('exam-day'));
  expect(attempt.phase).toBe('registered');
});
