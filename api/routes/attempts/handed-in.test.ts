import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadedAttempt, refused, refusalOf, startTestApi, submittedAttempt, type TestApi } from '../../../test/support/api.ts';
import { uploadAll } from '../../../test/support/uploads.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

describe('what a candidate handed in', () => {
  it('is theirs to read and to save, each reading written down, and nobody else’s', async () => {
    const candidate = api.as('owner', 'candidate');
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    const path = `/v1/attempts/${attemptId}/submissions/${submissionId}`;
    const kept = await candidate('GET', path);
    expect(kept).toMatchObject({ status: 200, body: { submissionId, test: 'aptitude', round: 1, file: null } });
    expect(kept.headers.get('Content-Disposition')).toBe('attachment; filename="aptitude-1.json"');
    expect(kept.body.answers).toContainEqual(expect.objectContaining({ itemId: 't1', response: 'My answer one', text: 'My answer one' }));
    expect(JSON.stringify(kept.body)).not.toMatch(/correct|modelAnswer|So and so/);
    const text = await candidate('GET', `${path}/document`);
    expect(text.headers.get('Content-Disposition')).toBe('attachment; filename=aptitude-1.txt');
    expect(text.headers.get('Content-Type')).toMatch(/^text\/plain/);
    expect(text.body).toContain('My answer one');

    for (const suffix of ['', '/document']) {
      expect(refusalOf(await api.as('stranger', 'candidate')('GET', `${path}${suffix}`))).toEqual(refused(404, 'not_found'));
      expect((await api.as('gil', 'grader')('GET', `${path}${suffix}`)).status).toBe(403);
    }
    const audit = await api.services.store.attempts.audit(attemptId);
    expect(audit.filter(({ action }) => action === 'read_submission').map(({ actor }) => actor)).toEqual(['owner', 'owner']);
  });

  it('is the file of a case study, byte for byte, under its name', async () => {
    const candidate = api.as('designer', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const bytes = Buffer.from('# My architecture');
    await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
    const { submissionId } = (await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).body;
    const path = `/v1/attempts/${attemptId}/submissions/${submissionId}`;
    expect((await candidate('GET', path)).body).toMatchObject({ test: 'case_study', answers: [], file: { sizeBytes: bytes.length } });
    const file = await candidate('GET', `${path}/document`);
    expect(file.body).toBe('# My architecture');
    expect(file.headers.get('Content-Disposition')).toMatch(/^attachment; filename=/);
  });
});
