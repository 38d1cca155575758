import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  downloadedAttempt,
  issuerOf,
  publishDecision,
  refusalOf,
  refused,
  startTestApi,
  submittedAttempt,
  type TestApi,
} from '../../../test/support/api.ts';
import { createHash } from 'node:crypto';
import { uploadAll } from '../../../test/support/uploads.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

describe('the results', () => {
  it('are empty until a decision is published', async () => {
    const candidate = api.as('waiting', 'candidate');
    const { attemptId } = await submittedAttempt(candidate);
    await api.services.store.decisions.keepFeedback({
      attemptId,
      test: 'aptitude',
      round: 1,
      entries: [{ itemId: 'c1', title: 'One', points: 0, pointsMax: 5, remarks: ['Too early'] }],
    });
    expect(await candidate('GET', `/v1/attempts/${attemptId}/results`)).toMatchObject({ status: 200, body: { decisions: [] } });
    expect(refusalOf(await candidate('GET', `/v1/attempts/${attemptId}/certificate`))).toEqual(refused(404, 'not_found'));
  });

  it('show points, the percentage rounded down, and feedback; never how the points came about', async () => {
    const candidate = api.as('failed', 'candidate');
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    const { decisions } = api.services.store;
    await decisions.keepFeedback({
      attemptId,
      test: 'aptitude',
      round: 1,
      entries: [
        { itemId: 'c2', title: 'Two of them', points: 2.5, pointsMax: 5, remarks: ['Partly right.'] },
        { itemId: 't1', title: 'Explain', points: 1.255, pointsMax: 5, remarks: ['More detail.'] },
      ],
    });
    const items = [5000, 5000, 1255, 4744].map((millipoints, index) => ({
      itemId: `i${index}`,
      millipoints,
      millipointsMax: 5000,
      basis: 'averaged' as const,
    }));
    const score = { millipoints: 15_999, millipointsMax: 20_000 };
    await decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId, passed: false, score, items }, await issuerOf(api.services));
    const { body } = await candidate('GET', `/v1/attempts/${attemptId}/results`);
    expect(body.decisions).toEqual([
      {
        test: 'aptitude',
        round: 1,
        passed: false,
        percentage: '79.99',
        passMark: '80.00',
        points: 15.999,
        pointsMax: 20,
        decidedAt: expect.stringMatching(/Z$/),
        items: [
          { itemId: 'i0', points: 5, pointsMax: 5 },
          { itemId: 'i1', points: 5, pointsMax: 5 },
          { itemId: 'i2', points: 1.255, pointsMax: 5 },
          { itemId: 'i3', points: 4.744, pointsMax: 5 },
        ],
        feedback: [
          {
            itemId: 'c2',
            title: 'Two of them',
            points: 2.5,
            pointsBefore: null,
            pointsMax: 5,
            response: ['a', 'b'],
            answer: '• a\n• b',
            remarks: ['Partly right.'],
            graderRemarks: [],
          },
          {
            itemId: 't1',
            title: 'Explain',
            points: 1.255,
            pointsBefore: null,
            pointsMax: 5,
            response: 'My answer one',
            answer: 'My answer one',
            remarks: ['More detail.'],
            graderRemarks: [],
          },
        ],
      },
    ]);
  });

  it('of a pass in both tests come with a certificate in the name of the token', async () => {
    const candidate = api.as('winner', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = Buffer.from('# A solution');
    await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
    const submitted = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    await publishDecision(api, { attemptId, submissionId: submitted.body.submissionId, test: 'case_study', passed: true });
    const notice = { attemptId, occasion: 'case_study_passed', kind: 'case_study_passed', subject: 'Certified', body: 'Well done.' };
    await api.services.store.notices.tell(notice);

    expect((await candidate('GET', `/v1/attempts/${attemptId}`)).body.outcome).toBe('certified');
    expect((await candidate('GET', `/v1/attempts/${attemptId}/results`)).body.decisions.map((decision: { test: string }) => decision.test)).toEqual([
      'aptitude',
      'case_study',
    ]);
    const certificate = await candidate('GET', `/v1/attempts/${attemptId}/certificate`);
    expect(certificate.body).toEqual({
      id: expect.any(String),
      name: 'Name of winner',
      examId: 'small',
      examTitle: 'A small exam',
      score: '100.00',
      issuedAt: expect.stringMatching(/Z$/),
      status: 'valid',
      page: `${api.services.config.PUBLIC_URL}/register/${certificate.body.id}`,
      replaces: null,
    });
    expect((await candidate('GET', `/v1/attempts/${attemptId}/notices`)).body.notices).toMatchObject([
      { kind: 'case_study_passed', subject: 'Certified', body: 'Well done.' },
    ]);
    expect(refusalOf(await candidate('POST', '/v1/attempts', { examId: 'small' }))).toEqual(refused(409, 'already_certified'));
  });
});
