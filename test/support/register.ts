import { createHash, randomUUID } from 'node:crypto';
import type { RegisterEntry } from '../../domain/register.ts';
import { downloadedAttempt, issuerOf, publishDecision, type Answer, type Caller, type TestApi } from './api.ts';
import { uploadAll } from './uploads.ts';

/** What the register's tests need: entries, certificates with real credentials, and forms. */

function entryOf(entry: Partial<RegisterEntry> = {}): RegisterEntry {
  return {
    certificateId: randomUUID(),
    number: null,
    name: 'Ada Lovelace',
    examTitle: 'Software Architect',
    issuedAt: new Date('2026-03-01T23:59:59Z'),
    basisPoints: 8725,
    status: 'valid',
    revision: 1,
    replacedBy: null,
    ...entry,
  };
}

/** An entry in the register, with no certificate behind it. */
export async function registered(api: TestApi, entry: Partial<RegisterEntry> = {}): Promise<RegisterEntry> {
  const kept = entryOf(entry);
  await api.services.register.put([kept]);
  return kept;
}

/** Passes both tests; the certificate is real, its credential signed, and the register has it. */
export async function certified(api: TestApi, { name }: { name: string }): Promise<{ certificateId: string; credential: object }> {
  const token = await api.issuer.token({ subject: `candidate-${randomUUID()}`, roles: ['candidate'], name });
  const candidate = api.withToken(token);
  const attemptId = await downloadedAttempt(api, candidate);
  const bytes = Buffer.from('# A solution');
  await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
  const { body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
  await publishDecision(api, { attemptId, submissionId: body.submissionId, test: 'case_study', passed: true });
  const { certificates } = api.services.store;
  const { id: certificateId } = await certificates.ofAttempt(attemptId);
  await copyToRegister(api, certificateId);
  return { certificateId, credential: await certificates.credential(certificateId) };
}

/** What the register's sink does after an event. */
export async function copyToRegister({ services }: TestApi, certificateId: string): Promise<void> {
  await services.register.put(await services.store.certificates.registerEntries([certificateId]));
}

/** What staff do when they doubt a certificate; returns how to settle it. */
export async function suspend(api: TestApi, certificateId: string): Promise<{ revoke: () => Promise<void> }> {
  const { corrections } = api.services.store;
  const credentials = await issuerOf(api.services);
  const act = { actor: 'staff', reason: 'a test' };
  const correctionId = randomUUID();
  await corrections.open({ correctionId, certificateId, ...act, actionKey: randomUUID() }, credentials);
  await copyToRegister(api, certificateId);
  return {
    async revoke() {
      await corrections.resolve({ correctionId, resolution: 'revoked', ...act, actionKey: randomUUID() }, credentials);
      await copyToRegister(api, certificateId);
    },
  };
}

const URLENCODED = 'application/x-www-form-urlencoded';

/** A form as a browser sends it. */
export function submit(caller: Caller, path: string, fields: Readonly<Record<string, string>>, headers = {}): Promise<Answer> {
  return caller('POST', path, new URLSearchParams(fields).toString(), { 'content-type': URLENCODED, ...headers });
}

/** The form with a file, as a browser sends it. */
export async function showFile(
  { url }: TestApi,
  fields: { readonly file?: string | Uint8Array<ArrayBuffer>; readonly text?: string },
): Promise<{ status: number; text: string }> {
  const form = new FormData();
  form.set('file', new File([fields.file ?? ''], fields.file === undefined ? '' : 'certificate.json'));
  form.set('text', fields.text ?? '');
  const response = await fetch(`${url}/register/verification`, { method: 'POST', body: form });
  return { status: response.status, text: await response.text() };
}
