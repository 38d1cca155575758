import { randomUUID } from 'node:crypto';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { Store } from '../../store/store.ts';
import { submittedAttempt } from './sitting.ts';

/** A candidate who passed both tests of the small exam, through the store alone. */
export async function certifiedAttempt(
  store: Store,
  { credentials, name = 'Ada Example', email, examId = 'small' }: { credentials: CredentialIssuer; name?: string; email?: string; examId?: string },
): Promise<{ attemptId: string; subject: string; certificateId: string }> {
  const { attemptId, subject, submissionId } = await submittedAttempt(store, { name, email, examId });
  const aptitude = ['c1', 'c2', 't1', 't2'].map((itemId) => ({ itemId, millipoints: 5000, millipointsMax: 5000, basis: 'single' }) as const);
  const aptitudeScore = { millipoints: 20_000, millipointsMax: 20_000 };
  await store.decisions.publish(
    { attemptId, test: 'aptitude', round: 1, submissionId, passed: true, score: aptitudeScore, items: aptitude },
    credentials,
  );

  await store.sittings.download({ attemptId, subject });
  const uploadId = randomUUID();
  await store.uploads.announce({
    id: uploadId,
    attemptId,
    subject,
    fileName: 'mine.md',
    mediaType: 'text/markdown',
    sizeBytes: 3,
    sha256: 'a'.repeat(64),
  });
  await store.uploads.complete(uploadId);
  const frozen = await store.sittings.submit({ attemptId, subject, test: 'case_study' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('the case study was not frozen');
  const caseStudy = [
    { itemId: 'k1', millipoints: 10_000, millipointsMax: 10_000, basis: 'single' },
    { itemId: 'k2', millipoints: 8000, millipointsMax: 10_000, basis: 'single' },
  ] as const;
  const score = { millipoints: 18_000, millipointsMax: 20_000 };
  const decision = {
    attemptId,
    test: 'case_study',
    round: 1,
    submissionId: frozen.submission.submissionId,
    passed: true,
    score,
    items: caseStudy,
  } as const;
  await store.decisions.publish(decision, credentials);
  return { attemptId, subject, certificateId: (await store.certificates.ofAttempt(attemptId)).id };
}
