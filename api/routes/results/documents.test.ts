import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Replacement } from '../../../domain/correction.ts';
import { createCredentialVerifier } from '../../../publication/credentials/verifier.ts';
import { PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import { until } from '../../../test/support/pipeline.ts';
import { certifiedAttempt } from '../../../test/support/certified.ts';
import { documentKeyOf } from '../../../platform/storage/object-storage.ts';
import {
  issuerOf,
  refusalOf,
  refused,
  startTestApi,
  submittedAttempt,
  publishDecision,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

async function certified(name = 'Ada Example'): Promise<{ candidate: Caller; attemptId: string; certificateId: string }> {
  const { attemptId, subject, certificateId } = await certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services), name });
  return { candidate: api.as(subject, 'candidate'), attemptId, certificateId };
}

/** Staff put it right; returns the id of the certificate that took its place. */
async function replaced(certificateId: string, replacement: Replacement): Promise<string> {
  const { corrections } = api.services.store;
  const [correctionId, credentials] = [randomUUID(), await issuerOf(api.services)];
  const act = { actor: 'sam', reason: 'added up wrongly', correctionId };
  await corrections.open({ ...act, certificateId, actionKey: correctionId }, credentials);
  const replacementHash = await corrections.propose({ correctionId, replacement });
  const { replacedBy } = await corrections.resolve({ ...act, actionKey: randomUUID(), resolution: 'replaced', replacementHash }, credentials);
  if (replacedBy === null) throw new Error('nothing took its place');
  return replacedBy;
}

/** How many PDFs this API made so far. */
async function renderings(): Promise<number> {
  const { values } = await api.services.metrics.documentsRendered.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

async function stored(id: string): Promise<string> {
  return (await buffer((await api.services.storage.read(documentKeyOf(id))).body)).toString('utf8');
}

const inPdf = { accept: PDF_MEDIA_TYPE };

function verify(credential: unknown) {
  const { store, config, issuerKeys } = api.services;
  const publicUrl = config.PUBLIC_URL;
  const verifier = createCredentialVerifier({
    publicUrl,
    keys: issuerKeys,
    isOnRecord: async () => false,
    statusList: (purpose, number) => store.certificates.statusList({ purpose, number }),
  });
  return verifier(credential);
}

describe('the credential of a certificate', () => {
  it('is a file that verifies, and does not once a character is changed', async () => {
    const { candidate, attemptId, certificateId } = await certified(`Siobhán O'Neill`);
    const { status, headers, body } = await candidate('GET', `/v1/attempts/${attemptId}/certificate/credential`);
    expect(status).toBe(200);
    expect(headers.get('content-type')?.split(';')[0]).toBe('application/vc');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="certificate-${certificateId}.json"`);
    expect(body).toContain(`Siobhán O'Neill`);
    expect(await verify(JSON.parse(body))).toEqual({ kind: 'valid', certificateId });
    expect(await verify(JSON.parse(body.replace('Siobhán', 'Siobhan')))).toMatchObject({ kind: 'refused' });
  });
});

describe('a document', () => {
  it('is made when it is first asked for, kept, and the same from then on, byte for byte', async () => {
    const { candidate, attemptId, certificateId } = await certified();
    const ask = () => candidate('GET', `/v1/attempts/${attemptId}/certificate/document`);
    const before = await renderings();
    const { status, headers, body } = await ask();
    expect({ status, body }).toEqual({ status: 200, body: await stored(certificateId) });
    expect(body).toMatch(/^%PDF-/);
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('content-disposition')).toBe(`inline; filename="certificate-${certificateId}.pdf"`);
    expect((await ask()).body).toBe(body);
    expect((await renderings()) - before).toBe(1);
  });

  it('is made once for ten who ask at once', async () => {
    const { candidate, attemptId } = await certified();
    const before = await renderings();
    const answers = await Promise.all(Array.from({ length: 10 }, () => candidate('GET', `/v1/attempts/${attemptId}/certificate/document`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect((await renderings()) - before).toBe(1);
  });

  it('is not made again for who looked for it just before it was kept', async () => {
    const { candidate, attemptId } = await certified();
    await candidate('GET', `/v1/attempts/${attemptId}/certificate/document`);
    const before = await renderings();
    await api.served.documents.makeCertificate(await api.services.store.certificates.ofAttempt(attemptId));
    expect((await renderings()) - before).toBe(0);
  });

  it('is what was kept, whatever would be made of it today', async () => {
    const { candidate, attemptId, certificateId } = await certified();
    const bytes = Buffer.from('%PDF-1.7 by a template of before');
    await api.services.storage.put({ key: documentKeyOf(certificateId), bytes, mediaType: PDF_MEDIA_TYPE });
    const { headers, body } = await candidate('GET', `/v1/attempts/${attemptId}/certificate/document`);
    expect(body).toBe(bytes.toString());
    expect(headers.get('content-length')).toBe(String(bytes.length));
  });

  it('is of the newest certificate where one took the place of another', async () => {
    const { candidate, attemptId, certificateId } = await certified();
    const former = (await candidate('GET', `/v1/attempts/${attemptId}/certificate/document`)).body;
    const replacedBy = await replaced(certificateId, { name: 'Ada King' });
    const pdf = (await candidate('GET', `/v1/attempts/${attemptId}/certificate/document`)).body;
    expect(pdf).toBe(await stored(replacedBy));
    expect(await stored(certificateId)).toBe(former);
    expect((await candidate('GET', `/v1/attempts/${attemptId}/certificate/credential`)).body).toContain('Ada King');
    expect((await candidate('GET', `/v1/attempts/${attemptId}/certificate`)).body).toMatchObject({ id: replacedBy, replaces: certificateId });
  });

  it('is unavailable, with when to ask again, while what renders ends; the next who asks gets it', async () => {
    const { candidate, attemptId } = await certified();
    const ask = () => candidate('GET', `/v1/attempts/${attemptId}/certificate/document`);
    // A thread that has to start first takes longer than it takes to see that it was begun.
    await api.services.documents.close();
    const before = await renderings();
    const cutOff = ask();
    await until(async () => (await renderings()) > before || 'nothing was begun');
    await api.services.documents.close();
    const refusal = await cutOff;
    expect(refusalOf(refusal)).toEqual(refused(503, 'unavailable'));
    expect(refusal.headers.get('retry-after')).toBe('5');
    expect((await ask()).status).toBe(200);
  });
});

describe('the feedback report', () => {
  async function failed(): Promise<{ candidate: Caller; attemptId: string; decisionId: string }> {
    const candidate = api.as(randomUUID(), 'candidate');
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    const { decisions } = api.services.store;
    const entry = { itemId: 't1', title: 'Explain', points: 0, pointsMax: 5, remarks: ['Say <b>why</b>, & for whom.'] };
    await decisions.keepFeedback({ attemptId, test: 'aptitude', round: 1, entries: [entry] });
    await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: false });
    const { decisionId } = await decisions.report({ attemptId, test: 'aptitude', round: 1 });
    return { candidate, attemptId, decisionId };
  }

  it.each([undefined, '*/*', 'text/html,application/xhtml+xml,*/*;q=0.8', 'application/pdf;q=0.5, text/html', 'application/json'])(
    'is a web page for whoever accepts %s',
    async (accept) => {
      const { candidate, attemptId } = await failed();
      const { status, headers, body } = await candidate(
        'GET',
        `/v1/attempts/${attemptId}/results/aptitude/report`,
        undefined,
        accept ? { accept } : {},
      );
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('vary')).toMatch(/\baccept\b/i);
      expect(body).toContain('Feedback report');
      expect(body).toContain('Say &lt;b&gt;why&lt;/b&gt;, &amp; for whom.');
      expect(body).toContain('Not passed');
    },
  );

  it('is a PDF for whoever asks for one, made then', async () => {
    const { candidate, attemptId, decisionId } = await failed();
    const { status, headers, body } = await candidate('GET', `/v1/attempts/${attemptId}/results/aptitude/report`, undefined, inPdf);
    expect({ status, body }).toEqual({ status: 200, body: await stored(decisionId) });
    expect(body).toMatch(/^%PDF-/);
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('vary')).toMatch(/\baccept\b/i);
    expect(headers.get('content-disposition')).toBe('inline; filename="feedback-aptitude.pdf"');
  });

  it('follows a correction of the points', async () => {
    const { candidate, attemptId, certificateId } = await certified();
    await replaced(certificateId, {
      points: [
        { test: 'aptitude', itemId: 't1', millipoints: 4000 },
        { test: 'case_study', itemId: 'k2', millipoints: 8500 },
      ],
    });
    const [aptitude, caseStudy] = await Promise.all(
      ['aptitude', 'case_study'].map(async (test) => (await candidate('GET', `/v1/attempts/${attemptId}/results/${test}/report`)).body),
    );
    expect(aptitude).toMatch(/Explain[\s\S]*Corrected by staff after the result was out\./);
    expect(caseStudy).toMatch(/Structure[\s\S]*Decisions[\s\S]*Corrected by staff after the result was out\./);
  });

  it('is not there before the result is', async () => {
    const candidate = api.as('waiting', 'candidate');
    const { attemptId } = await submittedAttempt(candidate);
    for (const test of ['aptitude', 'case_study', 'oral'])
      expect(refusalOf(await candidate('GET', `/v1/attempts/${attemptId}/results/${test}/report`))).toEqual(refused(404, 'not_found'));
  });
});

it('nothing of another candidate is there, and nothing without a certificate', async () => {
  const { attemptId } = await certified();
  const before = await renderings();
  const paths = ['certificate', 'certificate/credential', 'certificate/document', 'results/aptitude/report', 'results'];
  for (const path of paths) {
    expect(refusalOf(await api.as('mallory', 'candidate')('GET', `/v1/attempts/${attemptId}/${path}`)), path).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await api.as('mallory', 'candidate')('GET', `/v1/attempts/${attemptId}/${path}`, undefined, inPdf)), path).toEqual(
      refused(404, 'not_found'),
    );
    expect(refusalOf(await api.as('gil', 'grader')('GET', `/v1/attempts/${attemptId}/${path}`)), path).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await api.withToken(undefined)('GET', `/v1/attempts/${attemptId}/${path}`)), path).toEqual(refused(401, 'unauthenticated'));
  }
  expect(await renderings()).toBe(before);
  const candidate = api.as('uncertified', 'candidate');
  const { attemptId: uncertified } = await submittedAttempt(candidate);
  for (const path of ['certificate', 'certificate/credential', 'certificate/document'])
    expect(refusalOf(await candidate('GET', `/v1/attempts/${uncertified}/${path}`)), path).toEqual(refused(404, 'not_found'));
});
