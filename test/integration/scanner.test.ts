import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUploadFinish } from '../../api/routes/uploads/finish.ts';
import { scanHeldUploads } from '../../api/uploads-in-hand.ts';
import { createClamd, ScannerUnavailable, type Scanner } from '../../platform/files/clamd.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { CertNeedsAttention } from '../../workflows/search-attributes.ts';
import { reopen } from '../../workflows/messages.ts';
import { downloadedAttempt, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../support/api.ts';
import { EICAR, FINDING, findClamd, startClamd } from '../support/clamd.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { actAsStaff } from '../support/staff-acts.ts';
import { STORAGE_KINDS, type TestStorage } from '../support/storages.ts';
import { uploadAll } from '../support/uploads.ts';
import { rightAnswers } from '../support/shapes.ts';

const command = await findClamd();
if (command === undefined) console.warn('SKIPPED: the tests of the scanner for malware, since there is no clamd (apt-get install clamav-daemon).');

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const infected = Buffer.from(`# My solution\n\n${EICAR}\n`);
const pieces = (...bytes: Uint8Array[]) => Readable.from(bytes);

describe.skipIf(command === undefined)('the real clamd', () => {
  let clamd: Awaited<ReturnType<typeof startClamd>>;
  beforeAll(async () => {
    clamd = await startClamd(command ?? '', { streamMax: '20M' });
  });
  afterAll(() => clamd?.stop());

  it('finds what is infected and nothing else, over TCP and its socket', async () => {
    for (const url of [clamd.url, clamd.socketUrl]) {
      const scanner = createClamd(url);
      expect(await scanner.findingIn(pieces(infected))).toBe(FINDING);
      expect(await scanner.findingIn(pieces(infected.subarray(0, 40), infected.subarray(40)))).toBe(FINDING);
      expect(await scanner.findingIn(pieces(Buffer.from('# Nothing'), randomBytes(8 * 1024 * 1024)))).toBeUndefined();
    }
  });

  it('that refuses, is away, or says nothing is unavailable, and never takes a file for clean', async () => {
    const tooLarge = Array.from({ length: 30 }, () => randomBytes(1024 * 1024));
    await expect(createClamd(clamd.url).findingIn(pieces(...tooLarge))).rejects.toThrow(/size limit exceeded|not available/);
    await expect(createClamd('tcp://127.0.0.1:9').findingIn(pieces(infected))).rejects.toThrow(ScannerUnavailable);
    await expect(createClamd('unix:///nowhere/clamd.ctl').findingIn(pieces(infected))).rejects.toThrow(ScannerUnavailable);
  });

  it('that looks at a part of a file alone has found it neither clean nor infected', async () => {
    const narrow = await startClamd(command ?? '', { more: { MaxFileSize: '1M', AlertExceedsMax: 'yes' } });
    try {
      const scanner = createClamd(narrow.url);
      for (const file of [[randomBytes(2 * 1024 * 1024)], [randomBytes(2 * 1024 * 1024), infected]])
        await expect(scanner.findingIn(pieces(...file))).rejects.toThrow(/did not look at all of the file.*its limits are too low/);
      expect(await scanner.findingIn(pieces(infected))).toBe(FINDING);
    } finally {
      await narrow.stop();
    }
  });

  it("passes on what is wrong with the file's own reading", async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the storage is away');
    };
    await expect(createClamd(clamd.url).findingIn(broken())).rejects.toThrow('the storage is away');
  });
});

describe.skipIf(command === undefined).each(STORAGE_KINDS)('with a scanner, and storage of kind $kind', ({ start }) => {
  let clamd: Awaited<ReturnType<typeof startClamd>>;
  let storage: TestStorage;
  let api: TestApi;
  beforeAll(async () => {
    clamd = await startClamd(command ?? '');
    storage = await start();
    api = await startTestApi({ environment: { ...storage.environment, CLAMD_URL: clamd.url } });
    await api.publish();
  });
  afterAll(async () => {
    await api?.close();
    await storage?.close();
    await clamd?.stop();
  });

  const upload = (candidate: Caller, attemptId: string, bytes: Buffer) => uploadAll(candidate, attemptId, { bytes, sha256: sha256Of(bytes) });
  const listed = async (candidate: Caller, attemptId: string) => (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads;
  const scan = () => scanHeldUploads(api.services);

  it('an infected upload is refused in clear words and goes into quarantine; what was uploaded before stays', async () => {
    const candidate = api.as('infected', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const good = Buffer.from('# Good');
    expect((await upload(candidate, attemptId, good)).status).toBe(204);
    const answer = await upload(candidate, attemptId, infected);
    expect(refusalOf(answer)).toEqual(refused(422, 'upload_infected'));
    expect(answer.body.detail).toContain(FINDING);
    const uploads = await listed(candidate, attemptId);
    expect(uploads).toMatchObject([
      { completedAt: null, rejectedFor: 'infected', scan: 'infected' },
      { completedAt: expect.any(String), rejectedFor: null, scan: 'clean' },
    ]);
    expect(await storage.tracesOf(uploads[0].id)).toEqual([]);
    await expect(api.services.storage.read(uploads[0].id)).rejects.toThrow('no object');
    await expect(api.services.storage.read(`quarantine/${uploads[0].id}`)).rejects.toThrow(RangeError);
    const audit = await api.services.store.attempts.audit(attemptId);
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'quarantine_upload', details: { uploadId: uploads[0].id, finding: FINDING, submitted: false } }),
    );
    expect(await api.services.store.uploads.countQuarantined()).toBeGreaterThan(0);
    expect((await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).body).toMatchObject({
      contentHash: `sha-256:${sha256Of(good)}`,
    });
  });

  it('that is away, an upload is taken and held, handed in, and scanned when it is back', async () => {
    const candidate = api.as('held', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    await clamd.kill();
    const good = Buffer.from('# While it is away');
    expect((await upload(candidate, attemptId, good)).status).toBe(204);
    expect(await listed(candidate, attemptId)).toMatchObject([{ completedAt: expect.any(String), scan: 'pending' }]);
    const { body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    expect(body).toMatchObject({ contentHash: `sha-256:${sha256Of(good)}` });
    const { store } = api.services;
    const held = async () => (await store.attempts.read({ attemptId })).facts.sittings.case_study?.fileHeld;
    const opening = () => store.assignments.open({ submissionId: body.submissionId, purpose: 'mark', seats: [1], dueAt: new Date(Date.now() + 1e6) });
    expect(await held()).toBe('pending');
    await expect(opening()).rejects.toThrow('not scanned');
    await expect(scan()).rejects.toThrow(ScannerUnavailable);
    await clamd.start();
    expect(await scan()).toBe(1);
    expect([await held(), await store.uploads.oldestUnscannedSeconds()]).toEqual([undefined, 0]);
    await opening();
  });

  it('that was away, an infected upload that was not handed in counts no more, and the one before does', async () => {
    const candidate = api.as('late-finding', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const good = Buffer.from('# The one before');
    await upload(candidate, attemptId, good);
    await clamd.kill();
    expect((await upload(candidate, attemptId, infected)).status).toBe(204);
    await clamd.start();
    expect(await scan()).toBe(1);
    const uploads = await listed(candidate, attemptId);
    expect(uploads).toMatchObject([{ completedAt: null, rejectedFor: 'infected' }, { scan: 'clean' }]);
    expect(await storage.tracesOf(uploads[0].id)).toEqual([]);
    expect((await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).body).toMatchObject({
      contentHash: `sha-256:${sha256Of(good)}`,
    });
  });

  it('that is switched off, what was held is given free', async () => {
    const candidate = api.as('switched-off', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    await clamd.kill();
    await upload(candidate, attemptId, Buffer.from('# Held'));
    expect(await scanHeldUploads({ ...api.services, scanner: undefined })).toBe(1);
    expect(await listed(candidate, attemptId)).toMatchObject([{ scan: 'clean' }]);
    await clamd.start();
  });

  it('two scans that end differently settle an upload once', async () => {
    const candidate = api.as('twice-scanned', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    await upload(candidate, attemptId, Buffer.from('# Twice'));
    const [{ id }] = await listed(candidate, attemptId);
    const finds: Scanner = { findingIn: async () => 'A.New.Signature' };
    await expect(createUploadFinish({ ...api.services, scanner: finds })(id, () => true)).rejects.toMatchObject({ code: 'upload_infected' });
    expect(await listed(candidate, attemptId)).toMatchObject([{ completedAt: expect.any(String), scan: 'clean' }]);
    expect(await storage.tracesOf(id)).not.toEqual([]);
  });
});

describe('a case study that was handed in and is not scanned', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ exams: [smallExam()] });
  });
  afterAll(() => pipeline?.stop());

  async function handedIn(): Promise<{ attemptId: string; uploadId: string }> {
    const candidate = createCandidate(pipeline);
    const attemptId = await candidate.register();
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    await markNext(pipeline);
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'case_study_offered');
    await candidate.download();
    const { id: uploadId } = await candidate.announceUpload(attemptId);
    await pipeline.store.uploads.complete(uploadId, 'pending');
    await candidate.submit('case_study');
    await until(async () => (await currentDetails(attemptId)).includes('the scanner for malware') || 'the workflow does not wait for the scanner');
    expect(await pipeline.store.assignments.claim({ grader: 'early-bird', designated: false })).toBeUndefined();
    return { attemptId, uploadId };
  }
  const currentDetails = async (attemptId: string) => {
    const metadata = await pipeline.handle(attemptId).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  };
  const ring = async (committed: { attemptId: string } | undefined) => {
    if (committed) await pipeline.handle(committed.attemptId).signal('factsCommitted');
  };

  it('goes to graders once it is', async () => {
    const { attemptId, uploadId } = await handedIn();
    await ring(await pipeline.store.uploads.passScan(uploadId));
    await markNext(pipeline);
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'certified');
  });

  it('goes to nobody when it is infected: staff are called, and reopen it', async () => {
    const { attemptId, uploadId } = await handedIn();
    await ring(await pipeline.store.uploads.condemn({ uploadId, finding: FINDING }));
    await until(async () => {
      const { typedSearchAttributes } = await pipeline.handle(attemptId).describe();
      return typedSearchAttributes.get(CertNeedsAttention) === true || 'staff are not called';
    });
    expect(await currentDetails(attemptId)).toContain('the file is infected');
    expect(await pipeline.store.assignments.claim({ grader: 'early-bird', designated: false })).toBeUndefined();
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    await actAsStaff(pipeline, attemptId, reopen, { test: 'case_study', deadline, actor: 'staff-1', reason: 'an infected file' });
    await untilPhase(pipeline, attemptId, 'case_study');
  });
});
