import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recompute } from '../../cli/records/recompute.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import type { Replacement, Resolution } from '../../domain/correction.ts';
import { createCredentialVerifier } from '../../publication/credentials/verifier.ts';
import { statedFor } from '../support/credentials.ts';
import { correctionWorkflowId } from '../../workflows/correction-messages.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { openCorrection, replaceCertificate, settleCorrection } from '../support/correction-shapes.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { startPipeline, until, type Pipeline } from '../support/pipeline.ts';
import { PUBLIC_URL } from '../support/pools.ts';

/** The saga of a certificate issued by mistake, with the real workers, Temporal and PostgreSQL. */

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ exams: [smallExam()] });
  const keys = pipeline.credentials().publicKeys.map((key) => key.publicKeyMultibase);
  await pipeline.store.certificates.keepIssuerKeys(keys);
});
afterAll(() => pipeline?.stop());

async function certified() {
  const email = `${randomUUID()}@candidates.example`;
  return certifiedAttempt(pipeline.store, { credentials: pipeline.credentials(), email });
}

const open = (certificateId: string, correctionId?: string) => openCorrection(pipeline, certificateId, correctionId);
const settleBy = (correctionId: string, resolution: Resolution) => settleCorrection(pipeline, correctionId, { resolution });
const replaceBy = (correctionId: string, replacement: Replacement) => replaceCertificate(pipeline, correctionId, replacement);

/** What anybody who checks the credential gets to know. */
async function verdict(certificateId: string): Promise<string> {
  const { certificates } = pipeline.store;
  const verify = createCredentialVerifier({
    publicUrl: PUBLIC_URL,
    keys: () => statedFor(pipeline.credentials().publicKeys),
    isOnRecord: async () => false,
    statusList: (purpose, number) => certificates.statusList({ purpose, number }),
  });
  return (await verify(await certificates.credential(certificateId))).kind;
}

async function eventsOf(attemptId: string): Promise<string[]> {
  const { events } = pipeline.store;
  const sink = `sink-${randomUUID()}`;
  await events.addSink({ name: sink, kind: 'broker', createdBy: 'test' });
  while ((await events.fanOut()) > 0);
  await events.replay(sink, new Date(0));
  const seen: string[] = [];
  for (;;) {
    const taken = await events.take(sink, 1000);
    if (taken.length === 0) break;
    seen.push(...taken.filter((event) => event.key === attemptId).map((event) => event.type));
    await events.acknowledge(sink, taken);
  }
  await events.removeSink(sink);
  return seen;
}

/** Of certificates: those of the attempt come when they come. */
async function noticeKinds(attemptId: string): Promise<string[]> {
  return (await pipeline.store.notices.list(attemptId)).map((notice) => notice.kind).filter((kind) => kind.startsWith('certificate_'));
}

describe('a doubt about a certificate', () => {
  it('suspends it at once: for whoever checks the credential, in the events, and in the holder’s inbox', async () => {
    const { attemptId, certificateId } = await certified();
    expect(await verdict(certificateId)).toBe('valid');
    const state = await open(certificateId);
    expect(state).toMatchObject({ certificateId, resolution: null, replacedBy: null });
    expect((await pipeline.store.certificates.read(certificateId)).status).toBe('suspended');
    expect(await verdict(certificateId)).toBe('suspended');
    expect((await eventsOf(attemptId)).slice(-2)).toEqual(['certificate.issued', 'certificate.suspended']);
    await until(async () => (await noticeKinds(attemptId)).includes('certificate_suspended') || 'the holder was not told');
  });

  it('opened twice under one id is one', async () => {
    const { certificateId, attemptId } = await certified();
    const correctionId = randomUUID();
    await Promise.all([open(certificateId, correctionId), open(certificateId, correctionId)]);
    expect((await eventsOf(attemptId)).filter((type) => type === 'certificate.suspended')).toHaveLength(1);
    await expect(open(certificateId)).rejects.toMatchObject({ cause: { cause: { message: 'The certificate is suspended already.' } } });
  });

  it('that was unfounded ends with the certificate valid again', async () => {
    const { attemptId, certificateId } = await certified();
    const { correctionId } = await open(certificateId);
    expect(await settleBy(correctionId, 'reinstated')).toMatchObject({ resolution: 'reinstated' });
    expect(await verdict(certificateId)).toBe('valid');
    expect(await pipeline.client.workflow.getHandle(correctionWorkflowId(correctionId)).result()).toEqual({ resolution: 'reinstated' });
    expect(await noticeKinds(attemptId)).toEqual(['certificate_suspended', 'certificate_reinstated']);
  });

  it('that was founded ends with it revoked, and its holder may register again', async () => {
    const { attemptId, subject, certificateId } = await certified();
    const { correctionId } = await open(certificateId);
    await expect(pipeline.store.attempts.register({ subject, name: 'Ada Example', examId: 'small' })).rejects.toMatchObject({
      code: 'already_certified',
    });
    await settleBy(correctionId, 'revoked');
    expect(await verdict(certificateId)).toBe('revoked');
    expect((await eventsOf(attemptId)).at(-1)).toBe('certificate.revoked');
    await expect(pipeline.store.attempts.register({ subject, name: 'Ada Example', examId: 'small' })).resolves.toBeDefined();
  });

  it('settled once is settled: another settlement is refused', async () => {
    const { certificateId } = await certified();
    const { correctionId } = await open(certificateId);
    const both = await Promise.allSettled([settleBy(correctionId, 'reinstated'), settleBy(correctionId, 'revoked')]);
    expect(both.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a certificate that takes the place of another', () => {
  it('is a new one with its own credential; the old one is revoked and names it', async () => {
    const { attemptId, certificateId } = await certified();
    const { correctionId } = await open(certificateId);
    const { replacedBy } = await replaceBy(correctionId, { name: 'Ada King' });
    const successor = await pipeline.store.certificates.ofAttempt(attemptId);
    expect(successor).toMatchObject({ id: replacedBy, name: 'Ada King', edition: 2, replacesId: certificateId, status: 'valid', basisPoints: 9500 });
    expect([await verdict(certificateId), await verdict(successor.id)]).toEqual(['revoked', 'valid']);
    const [old] = await pipeline.store.certificates.registerEntries([certificateId]);
    expect(old).toMatchObject({ status: 'revoked', replacedBy: successor.id });
    expect((await eventsOf(attemptId)).slice(-3)).toEqual(['certificate.suspended', 'certificate.revoked', 'certificate.issued']);
    await until(async () => (await noticeKinds(attemptId)).includes('certificate_replaced') || 'the holder was not told');
    // Its PDF is there as well.
    await until(async () =>
      pipeline
        .storage()
        .sizeBytes(`documents/${successor.id}.pdf`)
        .then(
          () => true as const,
          () => 'the new certificate was not rendered',
        ),
    );
  });

  it('follows corrected points by a decision that supersedes the old one, which stays', async () => {
    const { attemptId, certificateId } = await certified();
    const { correctionId } = await open(certificateId);
    const replacement = { points: [{ test: 'case_study', itemId: 'k2', millipoints: 6000 }] } as const;
    await replaceBy(correctionId, replacement);
    const decisions = (await pipeline.store.decisions.results(attemptId)).filter((decision) => decision.test === 'case_study');
    expect(decisions).toMatchObject([
      { round: 1, millipoints: 18_000, passed: true },
      { round: 2, millipoints: 16_000, passed: true, items: [{ basis: 'single' }, { itemId: 'k2', millipoints: 6000, basis: 'corrected' }] },
    ]);
    expect((await pipeline.store.certificates.ofAttempt(attemptId)).basisPoints).toBe(9000); // 100 % and 80 %
    const explained = await pipeline.store.decisions.explanations({ attemptId, actor: 'sam', role: 'staff', reason: 'a test' });
    expect(explained.at(-1)).toMatchObject({ test: 'case_study', supersedes: { correction: { id: correctionId } }, differences: [] });
    expect(explained.at(-1)?.items[1]).toMatchObject({ millipoints: 6000, millipointsBefore: 8000 });
    // Each edition follows from the decisions that stood when it was issued: 100 % and 90 %, then 80 %.
    const stores = connectCommandStores({ DATABASE_URL: pipeline.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const { certificates, unlike } = await recompute(stores);
    await stores.close();
    expect(certificates).toBeGreaterThanOrEqual(2);
    expect(unlike.filter(({ what }) => what.startsWith('certificate'))).toEqual([]);
  });

  it('is refused when the test is not passed with the corrected points, and nothing changes', async () => {
    const { attemptId, certificateId } = await certified();
    const { correctionId } = await open(certificateId);
    const before = await eventsOf(attemptId);
    for (const points of [
      [{ test: 'case_study', itemId: 'k2', millipoints: 5990 }],
      [{ test: 'case_study', itemId: 'k9', millipoints: 0 }],
      [{ test: 'case_study', itemId: 'k2', millipoints: 10_010 }],
    ] as const) {
      await expect(replaceBy(correctionId, { points })).rejects.toThrow();
    }
    expect(await eventsOf(attemptId)).toEqual(before);
    expect((await pipeline.store.certificates.read(certificateId)).status).toBe('suspended');
    await settleBy(correctionId, 'reinstated');
  });
});

describe('those who asked to be told', () => {
  it('are mailed once a change, and nobody else', async () => {
    const { store } = pipeline;
    const { certificateId } = await certified();
    const certificateUrl = `${PUBLIC_URL}/register/${certificateId}`;
    await store.watches.ask({ certificateId, email: 'hr@employer.example', locale: 'en', certificateUrl });
    await store.watches.ask({ certificateId, email: 'unconfirmed@employer.example', locale: 'en', certificateUrl });
    const asked = (await store.mails.take(1000)).find((mail) => mail.address === 'hr@employer.example');
    if (!asked) throw new Error('the employer was not asked');
    const confirmUrl = new URL((asked.data as { confirmUrl: string }).confirmUrl);
    await store.watches.confirm(confirmUrl.searchParams.get('token') ?? '');
    const { correctionId } = await open(certificateId);
    await settleBy(correctionId, 'revoked');
    await pipeline.client.workflow.getHandle(correctionWorkflowId(correctionId)).result();
    const told = (await store.mails.take(1000)).filter((mail) => mail.kind === 'watch_changed');
    expect(told.map(({ address, data }) => `${address} ${(data as { status: string }).status}`).toSorted()).toEqual([
      'hr@employer.example revoked',
      'hr@employer.example suspended',
    ]);
  });
});
