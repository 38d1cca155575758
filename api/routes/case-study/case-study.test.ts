import { createHash, randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { Upload as TusUpload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  downloadedAttempt,
  refusalOf,
  refused,
  startedAttempt,
  startTestApi,
  submittedAttempt,
  publishDecision,
  type TestApi,
} from '../../../test/support/api.ts';
import { pdf, zip } from '../../../test/support/files.ts';
import { announce, ask, metadataHeader, pathOf, send, uploadAll, uploadDirectory } from '../../../test/support/uploads.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const solution = Buffer.from('# My architecture\n');
const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';

describe('a case study', () => {
  it('is downloaded once it is offered; a repeat gives the same one and the same clock', async () => {
    const candidate = api.as('cleo', 'candidate');
    const { attemptId, submissionId } = await submittedAttempt(candidate);
    const download = () => candidate('POST', `/v1/attempts/${attemptId}/case-study`);
    expect(refusalOf(await download())).toEqual(refused(409, 'wrong_phase'));
    await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: true });
    expect(refusalOf(await candidate('GET', `/v1/attempts/${attemptId}/case-study`))).toEqual(refused(409, 'wrong_phase'));

    const first = await download();
    expect(first.status).toBe(200);
    expect(first.body.caseStudy).toEqual({
      id: expect.stringMatching(/^(one|two|three)$/),
      title: expect.any(String),
      brief: 'Design it.',
      rubric: [
        { id: 'k1', title: 'Structure', points: 10 },
        { id: 'k2', title: 'Decisions', points: 10 },
      ],
    });
    expect(Date.parse(first.body.deadline) - Date.parse(first.body.downloadedAt)).toBe(14 * 86_400_000);
    const same = { caseStudy: first.body.caseStudy, deadline: first.body.deadline };
    expect((await download()).body).toMatchObject(same);
    expect((await candidate('GET', `/v1/attempts/${attemptId}/case-study`)).body).toMatchObject(same);
  });

  it('is submitted as the latest complete upload, by its hash', async () => {
    const candidate = api.as('submitter', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const submit = () => candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    expect(refusalOf(await submit())).toEqual(refused(409, 'nothing_to_submit'));
    await uploadAll(candidate, attemptId, { bytes: Buffer.from('first'), sha256: sha256Of(Buffer.from('first')) });
    await uploadAll(candidate, attemptId, { bytes: solution, sha256: sha256Of(solution) });
    await announce(candidate, attemptId, { sha256: sha256Of(Buffer.from('never sent')), sizeBytes: 10 });
    const submitted = await submit();
    expect(submitted).toMatchObject({ status: 201, body: { test: 'case_study', cause: 'submitted', contentHash: `sha-256:${sha256Of(solution)}` } });
    expect(await submit()).toMatchObject({ status: 200, body: submitted.body });
    expect(refusalOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: 1 }))).toEqual(refused(409, 'wrong_phase'));
  });
});

describe('an upload', () => {
  it('goes on where it was cut off, and counts when its last byte is there', async () => {
    const candidate = api.as('resumer', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const announced = await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: solution.length });
    expect(announced.status).toBe(201);
    const path = pathOf(announced);
    expect(path).toMatch(new RegExp(`^/v1/attempts/${attemptId}/uploads/[0-9a-f-]{36}$`));
    expect((await send(candidate, path, { offset: 0, bytes: solution.subarray(0, 7) })).headers.get('upload-offset')).toBe('7');
    const list = async () => (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads;
    expect(await list()).toMatchObject([{ completedAt: null }]);

    const cutOff = await ask(candidate, path);
    expect([cutOff.status, cutOff.headers.get('upload-offset'), cutOff.headers.get('upload-length')]).toEqual([200, '7', String(solution.length)]);
    expect(refusalOf(await send(candidate, path, { offset: 3, bytes: solution.subarray(3) }))).toEqual(refused(409, 'upload_offset_conflict'));
    expect((await send(candidate, path, { offset: 7, bytes: solution.subarray(7) })).status).toBe(204);
    expect(await list()).toEqual([
      {
        id: path.split('/').at(-1),
        fileName: 'Cleo Candidate.md',
        mediaType: 'text/markdown',
        sizeBytes: solution.length,
        sha256: sha256Of(solution),
        completedAt: expect.stringMatching(/Z$/),
        rejectedFor: null,
        scan: null,
      },
    ]);
  });

  it('of 20 MiB arrives whole through a tus client', async () => {
    const attemptId = await downloadedAttempt(api, api.as('tus-client', 'candidate'));
    const bytes = pdf({ fill: randomBytes(10 * 1024 * 1024).toString('hex') });
    const token = await api.issuer.token({ subject: 'tus-client', roles: ['candidate'] });
    await new Promise<void>((resolve, reject) => {
      new TusUpload(bytes, {
        endpoint: `${api.url}/v1/attempts/${attemptId}/uploads`,
        chunkSize: 6 * 1024 * 1024,
        headers: { authorization: `Bearer ${token}` },
        metadata: { filename: 'solution.pdf', filetype: 'application/pdf', sha256: sha256Of(bytes) },
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
    const { body } = await api.as('tus-client', 'candidate')('GET', `/v1/attempts/${attemptId}/uploads`);
    expect(body.uploads).toMatchObject([{ sizeBytes: bytes.length, completedAt: expect.any(String) }]);
  });

  it.each([
    {
      what: 'a program announced as PDF',
      filetype: 'application/pdf',
      bytes: Buffer.concat([Buffer.from('MZ\u0090\0', 'latin1'), Buffer.alloc(500)]),
      fault: 'other_type',
    },
    { what: 'a PDF that is cut off', filetype: 'application/pdf', bytes: pdf({ fill: 'x'.repeat(900) }).subarray(0, 700), fault: 'cut_off' },
    { what: 'a protected archive', filetype: 'application/zip', bytes: zip([{ name: 'a.md', content: '# A', flags: 0x801 }]), fault: 'encrypted' },
    { what: 'noise announced as text', filetype: 'text/plain', bytes: randomBytes(500), fault: 'other_type' },
  ])('of $what is refused with what to do; the deadline and the earlier upload stay', async ({ filetype, bytes, fault }) => {
    const candidate = api.as(`sender-of-${filetype}-${fault}`, 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const clock = async () => (await candidate('GET', `/v1/attempts/${attemptId}/case-study`)).body.deadline;
    const deadline = await clock();
    await uploadAll(candidate, attemptId, { bytes: solution, sha256: sha256Of(solution) });
    const files = (await readdir(uploadDirectory(api))).length;
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(bytes), sizeBytes: bytes.length, filetype }));
    const answer = await send(candidate, path, { offset: 0, bytes });
    expect({ ...refusalOf(answer), fault: answer.body.fault }).toEqual({ ...refused(422, 'upload_unreadable'), fault });
    expect(answer.body.detail).toMatch(/What you uploaded before stays\.$/);
    expect((await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads).toMatchObject([
      { rejectedFor: fault, completedAt: null },
      { rejectedFor: null, completedAt: expect.any(String) },
    ]);
    expect(await readdir(uploadDirectory(api))).toHaveLength(files);
    // The client that asks after a lost answer is told to start anew, and a repeat of the bytes changes nothing.
    expect((await ask(candidate, path)).status).toBe(404);
    expect((await send(candidate, path, { offset: 0, bytes })).status).toBe(404);
    expect(await clock()).toBe(deadline);
    expect((await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).body.contentHash).toBe(`sha-256:${sha256Of(solution)}`);
  });

  it('goes by POST alone, the method in a header, where nothing else is let through', async () => {
    const candidate = api.as('behind-a-proxy', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const path = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: solution.length }));
    const by = (method: string, at: string, body?: Uint8Array, headers = {}) =>
      candidate('POST', at, body, { 'tus-resumable': '1.0.0', 'x-http-method-override': method, ...headers });
    const offset = async () => (await by('HEAD', path)).headers.get('upload-offset');
    const bytesFrom = (at: number) => ({ 'upload-offset': String(at), 'content-type': 'application/offset+octet-stream' });
    expect(await offset()).toBe('0');
    expect((await by('PATCH', path, solution.subarray(0, 5), bytesFrom(0))).headers.get('upload-offset')).toBe('5');
    expect(await offset()).toBe('5');
    expect((await by('patch', path, solution.subarray(5), bytesFrom(5))).status).toBe(204);
    expect((await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads).toMatchObject([{ completedAt: expect.any(String) }]);
    const another = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: 4 }));
    expect((await by('DELETE', another)).status).toBe(204);
    expect((await ask(candidate, another)).status).toBe(404);
    // Nowhere else: a grader's proxy must not turn one act into another.
    expect((await candidate('GET', '/v1/exams', undefined, { 'x-http-method-override': 'DELETE' })).status).toBe(200);
  });

  it('that arrived changed is thrown away and does not count', async () => {
    const candidate = api.as('changed', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const files = (await readdir(uploadDirectory(api))).length;
    const answer = await uploadAll(candidate, attemptId, { bytes: solution, sha256: sha256Of(Buffer.from('another')) });
    expect(refusalOf(answer)).toEqual(refused(422, 'upload_hash_mismatch'));
    expect(await readdir(uploadDirectory(api))).toHaveLength(files);
    expect(refusalOf(await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`))).toEqual(refused(409, 'nothing_to_submit'));
  });

  it('whose last byte was stored just before a crash is completed when the client asks', async () => {
    const candidate = api.as('crashed', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const announced = await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: solution.length });
    const path = pathOf(announced);
    await writeFile(`${uploadDirectory(api)}/${path.split('/').at(-1)}`, solution);
    expect((await ask(candidate, path)).headers.get('upload-offset')).toBe(String(solution.length));
    expect((await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads).toMatchObject([{ completedAt: expect.any(String) }]);
  });

  it('is refused when it is too large, empty, of another kind, without its hash, or not by the protocol', async () => {
    const candidate = api.as('misfit', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const good = { sha256: sha256Of(solution), sizeBytes: 10 };
    expect(refusalOf(await announce(candidate, attemptId, { ...good, sizeBytes: 200 * 1024 * 1024 + 1 }))).toEqual(refused(413, 'payload_too_large'));
    expect(refusalOf(await announce(candidate, attemptId, { ...good, sizeBytes: 0 }))).toEqual(refused(422, 'upload_invalid'));
    const kind = await announce(candidate, attemptId, { ...good, filetype: 'text/html' });
    expect({ ...refusalOf(kind), fields: kind.body.fields[0].path }).toEqual({ ...refused(422, 'upload_invalid'), fields: 'filetype' });
    expect(refusalOf(await announce(candidate, attemptId, { ...good, sha256: 'short' }))).toEqual(refused(422, 'upload_invalid'));
    expect(refusalOf(await announce(candidate, attemptId, { ...good, filename: 'a\u0000b' }))).toEqual(refused(422, 'upload_invalid'));
    const path = `/v1/attempts/${attemptId}/uploads`;
    const deferred = {
      'tus-resumable': '1.0.0',
      'upload-defer-length': '1',
      'upload-metadata': metadataHeader({ filename: 'a.md', filetype: 'text/markdown', sha256: good.sha256 }),
    };
    expect(refusalOf(await candidate('POST', path, undefined, deferred))).toEqual(refused(501, 'upload_invalid'));
    expect((await candidate('GET', path)).body.uploads).toEqual([]);
  });

  it.each([undefined, '', '0.2.2', '9.9.9', '1.0.0, 0.2.2'])(
    'is refused by any method in another version of tus (%s), and told ours',
    async (version) => {
      const candidate = api.as(`of-version-${version}`, 'candidate');
      const attemptId = await downloadedAttempt(api, candidate);
      const path = `/v1/attempts/${attemptId}/uploads`;
      const announced = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: solution.length }));
      for (const [method, at] of [
        ['POST', path],
        ['HEAD', announced],
        ['PATCH', announced],
        ['DELETE', announced],
      ] as const) {
        const answer = await candidate(method, at, undefined, version === undefined ? {} : { 'tus-resumable': version });
        expect([answer.status, answer.headers.get('tus-version')], method).toEqual([412, '1.0.0']);
        if (method !== 'HEAD') expect(refusalOf(answer), method).toEqual(refused(412, 'upload_invalid'));
      }
      expect((await ask(candidate, announced)).headers.get('upload-offset')).toBe('0');
    },
  );

  it('takes no more bytes than were announced', async () => {
    const candidate = api.as('stuffer', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const announced = await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: 4 });
    expect(refusalOf(await send(candidate, pathOf(announced), { offset: 0, bytes: solution }))).toEqual(refused(413, 'payload_too_large'));
  });

  it('is given up while it is incomplete, and stays when it is complete', async () => {
    const candidate = api.as('deleter', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    const remove = (path: string) => candidate('DELETE', path, undefined, { 'tus-resumable': '1.0.0' });
    const incomplete = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: 4 }));
    expect((await remove(incomplete)).status).toBe(204);
    expect((await ask(candidate, incomplete)).status).toBe(404);
    const complete = pathOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: solution.length }));
    await send(candidate, complete, { offset: 0, bytes: solution });
    expect(refusalOf(await remove(complete))).toEqual(refused(422, 'upload_invalid'));
    expect((await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`)).status).toBe(201);
  });

  it('is refused before the download', async () => {
    const candidate = api.as('early', 'candidate');
    const attemptId = await startedAttempt(candidate);
    expect(refusalOf(await announce(candidate, attemptId, { sha256: sha256Of(solution), sizeBytes: 4 }))).toEqual(refused(409, 'wrong_phase'));
    expect((await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body.uploads).toEqual([]);
  });

  it('of another candidate answers as one that does not exist', async () => {
    const owner = api.as('owner', 'candidate');
    const attemptId = await downloadedAttempt(api, owner);
    const path = pathOf(await announce(owner, attemptId, { sha256: sha256Of(solution), sizeBytes: solution.length }));
    const stranger = api.as('stranger', 'candidate');
    const strangersAttempt = await downloadedAttempt(api, stranger);
    const absentPath = `/v1/attempts/${attemptId}/uploads/${absent}`;
    const elsewhere = `/v1/attempts/${strangersAttempt}/uploads/${path.split('/').at(-1)}`;
    for (const target of [path, absentPath, elsewhere]) {
      expect(refusalOf(await send(stranger, target, { offset: 0, bytes: solution })), target).toEqual(refused(404, 'not_found'));
      expect((await ask(stranger, target)).status).toBe(404);
      expect(refusalOf(await stranger('DELETE', target, undefined, { 'tus-resumable': '1.0.0' }))).toEqual(refused(404, 'not_found'));
    }
    expect(refusalOf(await announce(stranger, attemptId, { sha256: sha256Of(solution), sizeBytes: 4 }))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await stranger('GET', `/v1/attempts/${attemptId}/uploads`))).toEqual(refused(404, 'not_found'));
    expect((await ask(owner, path)).headers.get('upload-offset')).toBe('0');
  });
});
