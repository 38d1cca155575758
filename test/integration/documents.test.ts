import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createFeedbackActivities, type FeedbackActivities } from '../../activities/feedback/activities.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { createDocumentRenderer } from '../../publication/documents/renderer.ts';
import { createFileStorage } from '../../platform/storage/file-storage.ts';
import { documentKeyOf, type ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { Store } from '../../store/store.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { PUBLIC_URL, testCredentials } from '../support/pools.ts';
import { submittedAttempt } from '../support/sitting.ts';

/** What the feedback pool renders, with the real renderer, store and storage. */

let test: TestStore;
let store: Store;
let storage: ObjectStorage;
let credentials: CredentialIssuer;
let activities: FeedbackActivities;

beforeAll(async () => {
  test = await createTestStore();
  ({ store } = test);
  storage = await newStorage();
  credentials = await testCredentials();
  activities = activitiesOn(storage);
  await store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(() => test?.close());

async function newStorage(): Promise<ObjectStorage> {
  return createFileStorage(await mkdtemp(join(inject('temporaryDirectory'), 'documents-')));
}

function activitiesOn(where: ObjectStorage): FeedbackActivities {
  return createFeedbackActivities({ store, storage: where, renderer: createDocumentRenderer(), publicUrl: PUBLIC_URL });
}

async function pdf(id: string, where = storage): Promise<Buffer> {
  return buffer((await where.read(documentKeyOf(id))).body);
}

const isThere = (id: string) =>
  storage.sizeBytes(documentKeyOf(id)).then(
    () => true,
    () => false,
  );

async function decisionId(attemptId: string, decided: 'aptitude' | 'case_study', round = 1): Promise<string> {
  return (await store.decisions.report({ attemptId, test: decided, round })).decisionId;
}

it('a passed case study gets its report and its certificate; a passed aptitude test its report alone', async () => {
  const { attemptId, certificateId } = await certifiedAttempt(store, { credentials, name: `Siobhán O'Neill` });
  await activities.renderDocuments({ attemptId, test: 'aptitude', round: 1 });
  expect((await pdf(await decisionId(attemptId, 'aptitude'))).subarray(0, 5).toString()).toBe('%PDF-');
  expect(await isThere(certificateId)).toBe(false);
  await activities.renderDocuments({ attemptId, test: 'case_study', round: 1 });
  const documents = await Promise.all([pdf(await decisionId(attemptId, 'case_study')), pdf(certificateId)]);
  for (const document of documents) {
    expect(document.subarray(0, 5).toString()).toBe('%PDF-');
    expect(document.subarray(-6).toString().trim()).toBe('%%EOF');
  }
});

it('rendered again, here or by another process, both have the same bytes', async () => {
  const { attemptId, certificateId } = await certifiedAttempt(store, { credentials, name: '山田 太郎' });
  const decision = { attemptId, test: 'case_study', round: 1 } as const;
  const ids = [certificateId, await decisionId(attemptId, 'case_study')];
  await activities.renderDocuments(decision);
  const first = await Promise.all(ids.map((id) => pdf(id)));
  await activities.renderDocuments(decision);
  const elsewhere = await newStorage();
  await activitiesOn(elsewhere).renderDocuments(decision);
  for (const [index, id] of ids.entries()) {
    expect(await pdf(id)).toEqual(first[index]);
    expect(await pdf(id, elsewhere)).toEqual(first[index]);
  }
});

it('a failed test gets a report and no certificate', async () => {
  const { attemptId, subject, submissionId } = await submittedAttempt(store);
  const items = ['c1', 'c2', 't1', 't2'].map((itemId) => ({ itemId, millipoints: 5000, millipointsMax: 5000, basis: 'single' }) as const);
  const score = { millipoints: 20_000, millipointsMax: 20_000 };
  await store.decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId, passed: true, score, items }, credentials);
  await store.sittings.download({ attemptId, subject });
  const notSubmitted = { attemptId, test: 'case_study', round: 1 } as const;
  await store.decisions.publishNotSubmitted(notSubmitted, credentials);
  await activities.renderDocuments(notSubmitted);
  expect(await isThere(await decisionId(attemptId, 'case_study'))).toBe(true);
  await expect(store.certificates.ofAttempt(attemptId)).rejects.toMatchObject({ code: 'not_found' });
});

it('a certificate in the place of another comes with the reports of the decisions that were made anew', async () => {
  const { attemptId, certificateId } = await certifiedAttempt(store, { credentials });
  await activities.renderDocuments({ attemptId, test: 'case_study', round: 1 });
  const before = await pdf(certificateId);
  const correctionId = randomUUID();
  const act = { correctionId, actor: 'sam', reason: 'added up wrongly' };
  await store.corrections.open({ ...act, certificateId, actionKey: correctionId }, credentials);
  const replacement = { points: [{ test: 'aptitude', itemId: 't2', millipoints: 3000 }] } as const;
  const replacementHash = await store.corrections.propose({ correctionId, replacement });
  const { replacedBy } = await store.corrections.resolve({ ...act, actionKey: randomUUID(), resolution: 'replaced', replacementHash }, credentials);
  await activities.renderCertificate({ certificateId: replacedBy ?? '' });
  expect(await pdf(replacedBy ?? '')).not.toEqual(before);
  expect(await pdf(certificateId)).toEqual(before); // what was handed out stays what it was
  expect(await isThere(await decisionId(attemptId, 'aptitude', 2))).toBe(true);
  expect((await store.decisions.report({ attemptId, test: 'aptitude', round: 2 })).entries).toEqual([
    { itemId: 't2', title: 'Explain more', points: 3, pointsMax: 5, answer: 'an answer', remarks: ['Corrected by staff after the result was out.'] },
  ]);
});

it('a result that is not out has no documents', async () => {
  const { attemptId } = await submittedAttempt(store);
  const early = activities.renderDocuments({ attemptId, test: 'aptitude', round: 1 });
  await expect(early).rejects.toMatchObject({ type: 'Refused', details: ['not_found', {}] });
});
