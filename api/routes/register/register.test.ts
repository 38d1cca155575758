import { setTimeout as pause } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusalOf, refused, startTestApi, type Answer, type Caller, type TestApi } from '../../../test/support/api.ts';
import { certified, registered, showFile, submit, suspend } from '../../../test/support/register.ts';

import { createDocumentRenderer } from '../../../publication/documents/renderer.ts';
import { certificate } from '../../../test/support/documents.ts';
import { pdfBomb, protectedPdf, zip } from '../../../test/support/files.ts';

let api: TestApi;
let anybody: Caller;
beforeAll(async () => {
  api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  await api.publish();
  anybody = api.withToken(undefined);
});
afterAll(() => api.close());
afterEach(() => {
  vi.useRealTimers();
});

const renderer = createDocumentRenderer();
const { credential: _credential, ...withoutCredential } = certificate;
const BADGE_PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const certificatePdf = (credential: string) => new Uint8Array(renderer.certificate({ ...certificate, credential }));
const json = (certificateId: string) => `/v1/register/certificates/${certificateId}`;
const page = (certificateId: string) => `/register/${certificateId}`;

/** Asks only for what has changed since; fetch by itself would forbid that answer (no-cache). */
const conditional = (tag: string | null) => ({ 'if-none-match': tag ?? '', 'cache-control': 'max-age=0' });

/** All of an answer that a caller could tell another by. */
function everythingOf({ status, headers, body }: Answer) {
  const told = [...headers].filter(([name]) => !['date', 'x-request-id', 'keep-alive', 'content-length'].includes(name));
  const { requestId: _, ...rest } = typeof body === 'object' ? body : { text: body };
  return { status, told, rest };
}

describe('a certificate', () => {
  it('shows its name, id, exam, date, score, status and replacement, and nothing more, to everybody', async () => {
    const replacedBy = randomUUID();
    const { certificateId } = await registered(api, { status: 'revoked', replacedBy, number: 'SA-1', revision: 3 });
    for (const caller of [anybody, api.withToken('damaged'), api.as('ada', 'candidate')]) {
      const { status, body } = await caller('GET', json(certificateId));
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          certificateId,
          name: 'Ada Lovelace',
          exam: 'Software Architect',
          issuedAt: '2026-03-01T23:59:59.000Z',
          score: '87.25',
          status: 'revoked',
          replacedBy,
        },
      });
    }
  });

  it('has a page that says the same, in words, with a link to what replaced it', async () => {
    const replacedBy = randomUUID();
    const { certificateId } = await registered(api, { status: 'revoked', replacedBy, number: 'SA-2', basisPoints: 8000 });
    const { status, body } = await anybody('GET', page(certificateId));
    expect(status).toBe(200);
    for (const text of ['Ada Lovelace', certificateId, 'Software Architect', '1 March 2026', '80.00&nbsp;%', 'Revoked', 'no longer counts'])
      expect(body).toContain(text);
    expect(body).toContain(`href="/register/${replacedBy}"`);
    expect(body).not.toContain('SA-2');
  });

  it.each(['valid', 'suspended', 'revoked'] as const)('that is %s says so, and no other status', async (status) => {
    const { certificateId } = await registered(api, { status });
    const { body } = await anybody('GET', page(certificateId));
    const words = { valid: 'Valid', suspended: 'Suspended', revoked: 'Revoked' };
    for (const [other, word] of Object.entries(words)) expect(body.includes(`<strong>${word}</strong>`), other).toBe(other === status);
  });

  it('that is not there is not found, as a problem and as a page', async () => {
    for (const id of [randomUUID(), 'SA-1', '%00', `${randomUUID()}0`]) {
      expect(refusalOf(await anybody('GET', json(id)))).toEqual(refused(404, 'not_found'));
      const { status, headers, body } = await anybody('GET', page(id));
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([404, 'text/html; charset=utf-8', 'no-store']);
      expect(body).toContain('<h1>Not found</h1>');
    }
  });

  it('with a hostile name stays text', async () => {
    const name = `<script>alert(1)</script>" onload="x' & {{ status }} {% raw %}`;
    const { certificateId } = await registered(api, { name, examTitle: name });
    const { body } = await anybody('GET', page(certificateId));
    expect(body).not.toContain('<script>alert');
    expect(body).not.toContain('" onload="');
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&#34; onload=&#34;x&#39; &amp; {{ status }} {% raw %}');
    const typed = await submit(anybody, '/register', { certificate: `"><script>${name}`, name });
    expect(typed.status).toBe(404);
    expect(typed.body).not.toMatch(/<script>|" onload="/);
  });
});

describe('a search', () => {
  it('finds by id and by old number, with the name as somebody types it', async () => {
    const { certificateId } = await registered(api, { number: 'SA-100', name: "Seán O'Brien" });
    for (const certificate of [certificateId, certificateId.toUpperCase(), `${api.url}/register/${certificateId}`, 'SA-100', ' SA-100 ']) {
      const search = { certificate, name: 'sean  O’BRIEN' };
      expect((await anybody('POST', '/v1/register/search', search)).body.certificateId).toBe(certificateId);
      const form = await fetch(`${api.url}/register`, { method: 'POST', body: new URLSearchParams(search), redirect: 'manual' });
      expect([form.status, form.headers.get('location')]).toEqual([303, `/register/${certificateId}`]);
    }
  });

  it('has one answer for a wrong id, a wrong number and a wrong name', async () => {
    const { certificateId, name } = await registered(api, { number: 'SA-200' });
    const wrong = [
      { certificate: randomUUID(), name },
      { certificate: certificateId, name: 'Grace Hopper' },
      { certificate: randomUUID(), name: 'Grace Hopper' },
      { certificate: 'SA-201', name },
      { certificate: 'SA-200', name: 'Grace Hopper' },
      { certificate: 'SA-200', name: '…' },
    ];
    const programs = await Promise.all(wrong.map((search) => anybody('POST', '/v1/register/search', search)));
    for (const answer of programs) expect(everythingOf(answer)).toEqual(everythingOf(programs[0] as Answer));
    expect(refusalOf(programs[0] as Answer)).toEqual(refused(404, 'not_found'));

    // What was typed is in the form again; without it all are the same.
    const withoutTyped = (answer: Answer) => everythingOf({ ...answer, body: answer.body.replaceAll(/ value="[^"]*"/g, '') });
    const people = await Promise.all(wrong.map((search) => submit(anybody, '/register', search)));
    for (const answer of people) expect(withoutTyped(answer)).toEqual(withoutTyped(people[0] as Answer));
    expect([people[0]?.status, people[0]?.body]).toEqual([404, expect.stringContaining('role="alert"')]);
  });

  it('by number alone is no search, and the old number opens no page', async () => {
    await registered(api, { number: 'SA-300' });
    expect(refusalOf(await anybody('POST', '/v1/register/search', { certificate: 'SA-300' }))).toEqual(refused(422, 'validation_failed'));
    const { status, body } = await submit(anybody, '/register', { certificate: 'SA-300', name: ' ' });
    expect(status).toBe(422);
    expect(body).toContain('Enter the name on the certificate.');
    expect((await anybody('GET', page('SA-300'))).status).toBe(404);
  });

  it('refuses what no form of ours sends, with a page', async () => {
    for (const [type, body, status] of [
      ['application/x-www-form-urlencoded', 'certificate=a&certificate=b&name=c&name=d', 422],
      ['application/x-www-form-urlencoded', `certificate=${'a'.repeat(9000)}`, 413],
      ['application/json', '{"certificate":"a","name":"b"}', 422],
      ['application/x-www-form-urlencoded', 'certificate=%00&name=b', 422],
    ] as const) {
      const answer = await anybody('POST', '/register', body, { 'content-type': type });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    }
  });
});

describe('an answer', () => {
  it('may be kept for 15 seconds, and is asked for anew with its tag', async () => {
    const { certificateId } = await registered(api);
    // The page says when it was made, by the minute.
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const path of [json(certificateId), page(certificateId), '/register']) {
      const { headers } = await anybody('GET', path);
      expect(headers.get('cache-control')).toBe('public, max-age=15, must-revalidate');
      const tag = headers.get('etag') ?? '';
      const again = await anybody('GET', path, undefined, conditional(tag));
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', tag]);
      expect((await anybody('GET', path, undefined, conditional('"other"'))).status).toBe(200);
    }
  });

  it('follows a revocation within ten seconds, whatever was kept', async () => {
    const entry = await registered(api);
    vi.useFakeTimers({ toFake: ['performance'] });
    const { headers, body } = await anybody('GET', json(entry.certificateId));
    expect(body.status).toBe('valid');
    await api.services.register.put([{ ...entry, status: 'revoked', revision: 2 }]);
    vi.advanceTimersByTime(10_000);
    const again = await anybody('GET', json(entry.certificateId), undefined, conditional(headers.get('etag')));
    expect([again.status, again.body.status]).toEqual([200, 'revoked']);
    expect((await anybody('GET', page(entry.certificateId))).body).toContain('<strong>Revoked</strong>');
  });

  it('to what was typed is kept by nobody', async () => {
    const { certificateId, name } = await registered(api);
    for (const typed of [name, 'Grace Hopper']) {
      expect((await anybody('POST', '/v1/register/search', { certificate: certificateId, name: typed })).headers.get('cache-control')).toBe(
        'no-store',
      );
      const form = await fetch(`${api.url}/register`, {
        method: 'POST',
        body: new URLSearchParams({ certificate: certificateId, name: typed }),
        redirect: 'manual',
      });
      expect(form.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('has pages that load nothing from elsewhere, run nothing inline, and set no cookie', async () => {
    const { certificateId } = await registered(api);
    for (const path of ['/register', page(certificateId), page(randomUUID())]) {
      const { headers, body } = await anybody('GET', path);
      expect(headers.get('set-cookie')).toBeNull();
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(body).not.toMatch(/ style="| on[a-z]+="|<style|<script(?! type="module" src=)/);
      const loaded = [...body.matchAll(/(?:src|<link rel="(?:stylesheet|icon)"[^>]* href)="([^"]+)"/g)].map((match) => match[1]);
      expect(loaded).toHaveLength(3);
      for (const asset of loaded) {
        const { status, headers: assetHeaders } = await anybody('GET', asset);
        expect([status, assetHeaders.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
      }
    }
  });
});

describe('a credential that somebody shows', () => {
  const name = 'Zoë Þórsdóttir-O’Neill';

  it('is valid as it was issued, and no longer once it is suspended or revoked', async () => {
    const { certificateId, credential } = await certified(api, { name });
    const verify = () => anybody('POST', '/v1/register/verification', credential);
    const stated = { certificateId, name, exam: 'A small exam', issuedAt: expect.stringMatching(/Z$/), score: '100.00' };
    expect((await verify()).body).toEqual({ result: 'valid', reason: null, certificate: stated });
    const { revoke } = await suspend(api, certificateId);
    expect((await verify()).body).toEqual({ result: 'suspended', reason: null, certificate: stated });
    await revoke();
    expect((await verify()).body).toEqual({ result: 'revoked', reason: null, certificate: stated });
  });

  it('is shown in a page, from a file or from text that was pasted', async () => {
    const { certificateId, credential } = await certified(api, { name });
    const file = JSON.stringify(credential, null, 2);
    for (const shown of [{ file }, { text: file }, { file: `\uFEFF${file}` }]) {
      const { status, text } = await showFile(api, shown);
      expect(status).toBe(200);
      for (const word of ['<strong>Valid</strong>', name, certificateId, '100.00', 'data-answer']) expect(text).toContain(word);
    }
  });

  it("in a wallet's presentation is read as it is, and what is no certificate of ours is not called somebody else's", async () => {
    const { certificateId, credential } = await certified(api, { name });
    const presentation = (...verifiableCredential: readonly unknown[]) => ({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiablePresentation'],
      holder: 'did:key:z6Mk',
      verifiableCredential,
      proof: { type: 'DataIntegrityProof' },
    });
    const verify = async (document: object) => (await anybody('POST', '/v1/register/verification', document)).body;
    expect(await verify(presentation(credential))).toMatchObject({ result: 'valid', certificate: { certificateId, name } });
    const { text } = await showFile(api, { file: JSON.stringify(presentation(credential)) });
    expect(text).toContain('<strong>Valid</strong>');
    expect(await verify(presentation({ ...credential, validFrom: '2020-01-01T00:00:00Z' }))).toMatchObject({ result: 'refused', certificate: null });
    expect(await verify(presentation(credential, { ...credential, id: 'urn:another' }))).toMatchObject({
      result: 'refused',
      reason: 'This is a presentation of 2 credentials. Show the certificate’s alone.',
    });
    const { issuer: _issuer, ...nobodys } = credential as Record<string, unknown>;
    expect(await verify(nobodys)).toMatchObject({ reason: 'It does not say who issued it.' });
  });

  it('is found in the PDF of the certificate, and what is printed there is for the reader to compare', async () => {
    const { certificateId, credential } = await certified(api, { name });
    const genuine = certificatePdf(JSON.stringify(credential));
    const { status, text } = await showFile(api, { file: genuine });
    expect(status).toBe(200);
    for (const word of ['<strong>Valid</strong>', name, certificateId, '100.00', 'What is printed in the PDF is not checked'])
      expect(text).toContain(word);
    await suspend(api, certificateId);
    expect((await showFile(api, { file: genuine })).text).toContain('<strong>Suspended</strong>');
  });

  it('in a PDF is refused when it is changed, absent, damaged, protected or too large', async () => {
    const { credential } = await certified(api, { name });
    const file = JSON.stringify(credential);
    const { credential: _none, ...unsigned } = certificate;
    const shown: readonly [Uint8Array<ArrayBuffer>, string][] = [
      [certificatePdf(file.replace('100.00', '99.00')), 'Not confirmed'],
      [certificatePdf('no JSON'), 'Not confirmed'],
      [certificatePdf('['.repeat(20_000)), 'Not confirmed'],
      [new Uint8Array(renderer.certificate(unsigned)), 'has no credential inside'],
      [certificatePdf(file).slice(0, 3000), 'This PDF ends too early'],
      [new Uint8Array(protectedPdf({ password: 'secret' })), 'This PDF is protected by a password'],
      [new Uint8Array(pdfBomb({ unpackedBytes: 300 * 1024 * 1024 })), 'This PDF takes too long or too much memory'],
    ];
    const tooLarge = certificatePdf(' '.repeat(65 * 1024));
    // Making them took seconds in one go: connections that ended meanwhile are only seen as ended now.
    await pause(100);
    for (const [bytes, word] of shown) {
      const { status, text } = await showFile(api, { file: bytes });
      expect([status, text]).toEqual([200, expect.stringContaining(word)]);
      expect(text).not.toContain('<strong>Valid</strong>');
    }
    expect((await showFile(api, { file: tooLarge })).status).toBe(413);
    expect((await showFile(api, { file: new Uint8Array(2 * 1024 * 1024 + 1) })).status).toBe(413);
  });

  it('in a PDF is verified for programs too', async () => {
    const { certificateId, credential } = await certified(api, { name });
    const verify = (bytes: Uint8Array) => anybody('POST', '/v1/register/verification', bytes, { 'content-type': 'application/pdf' });
    expect((await verify(certificatePdf(JSON.stringify(credential)))).body).toMatchObject({ result: 'valid', certificate: { certificateId, name } });
    expect((await verify(Buffer.from('%PDF-1.7'))).body).toMatchObject({
      result: 'refused',
      reason: expect.stringContaining('This PDF ends too early'),
    });
  });

  it.each<[string, () => Uint8Array<ArrayBuffer>, string]>([
    ['random bytes', () => Uint8Array.from({ length: 500 }, (_, at) => (at * 197 + 131) % 256), 'This is neither a PDF nor text.'],
    ['the picture of a badge', () => new Uint8Array(Buffer.from(BADGE_PNG, 'base64')), 'This is a PNG picture, in which'],
    ['a ZIP archive', () => new Uint8Array(zip([{ name: 'certificate.json', content: '{}' }])), 'This is a ZIP archive, in which'],
    ['text', () => new TextEncoder().encode('My certificate'), 'This is neither a PDF nor JSON'],
    ['JSON that is no credential', () => new TextEncoder().encode('{"name":"Ada"}'), 'It is JSON, and no credential.'],
    ['a credential that nobody signed', () => new TextEncoder().encode('{"credentialSubject":{}}'), 'It is not a signed credential.'],
    ['nested JSON', () => new TextEncoder().encode('['.repeat(5000)), 'This is nested too deeply'],
    ['a PDF without a credential', () => new Uint8Array(renderer.certificate(withoutCredential)), 'This PDF has no credential inside'],
    ['a protected PDF', () => new Uint8Array(protectedPdf({ password: 'secret' })), 'This PDF is protected by a password'],
    ['a PDF that was cut off', () => new Uint8Array(renderer.certificate(withoutCredential)).slice(0, 3000), 'This PDF ends too early'],
  ])('is not looked for in %s, whose shower is told what it is, in the page and as a program', async (_, make, words) => {
    const bytes = make();
    const { status, text } = await showFile(api, { file: bytes });
    expect([status, text]).toEqual([200, expect.stringContaining(words)]);
    const { body } = await anybody('POST', '/v1/register/verification', bytes, { 'content-type': 'application/pdf' });
    expect(body).toEqual({ result: 'refused', reason: expect.stringContaining(words), certificate: null });
    const saysOlder = words.includes('no credential inside');
    expect([text.includes('older certificates'), body.reason.includes('older certificates')]).toEqual([saysOlder, saysOlder]);
  });

  it('is refused when anything in it is changed, or it is something else', async () => {
    const { credential } = await certified(api, { name });
    const file = JSON.stringify(credential);
    for (const other of [
      file.replace('100.00', '99.00'),
      file.replace(name, 'Eve'),
      file.replace(/"proofValue":"z/, '"proofValue":"z1'),
      '{}',
      'no JSON',
      '[]',
      'null',
      '"x"',
    ]) {
      const { status, text } = await showFile(api, { file: other });
      expect(status).toBe(200);
      expect(text).toContain('<strong>Not confirmed</strong>');
      expect(text).not.toContain('<strong>Valid</strong>');
    }
    expect((await anybody('POST', '/v1/register/verification', {})).body).toEqual({
      result: 'refused',
      reason: 'It is JSON, and no credential.',
      certificate: null,
    });
  });

  it('is refused with a page when there is none, or too much, or no form', async () => {
    expect((await showFile(api, {})).status).toBe(422);
    const large = await showFile(api, { file: ' '.repeat(2 * 1024 * 1024) });
    expect(large.status).toBe(413);
    expect(large.text).toContain('too large');
    const send = (type: string, body: string) => anybody('POST', '/register/verification', body, { 'content-type': type });
    expect((await send('text/plain', '{}')).status).toBe(415);
    expect((await send('multipart/form-data; boundary=x', 'nonsense')).status).toBe(400);
    expect((await send('multipart/form-data', 'nonsense')).status).toBe(400);
    expect((await anybody('POST', '/v1/register/verification', { text: ' '.repeat(65 * 1024) })).status).toBe(413);
  });
});

describe('a document under a permanent address', () => {
  it('is the issuer with its keys, for any site, and fresh within seconds', async () => {
    await certified(api, { name: 'Ada' });
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(10_000);
    const { status, headers, body } = await anybody('GET', '/issuer');
    expect([status, headers.get('content-type'), headers.get('access-control-allow-origin'), headers.get('cache-control')]).toEqual([
      200,
      'application/ld+json; charset=utf-8',
      '*',
      'public, max-age=15, must-revalidate',
    ]);
    expect(body.id).toBe(`${api.url}/issuer`);
    expect(body.assertionMethod).toHaveLength(1);
  });

  it('is a status list that shows a revocation within ten seconds', async () => {
    const { certificateId } = await certified(api, { name: 'Ada' });
    vi.useFakeTimers({ toFake: ['performance'] });
    const before = await anybody('GET', '/credentials/status/suspension/1');
    expect(before.body.id).toBe(`${api.url}/credentials/status/suspension/1`);
    await suspend(api, certificateId);
    vi.advanceTimersByTime(10_000);
    const after = await anybody('GET', '/credentials/status/suspension/1', undefined, conditional(before.headers.get('etag')));
    expect(after.status).toBe(200);
    expect(after.body.credentialSubject.encodedList).not.toBe(before.body.credentialSubject.encodedList);
    for (const path of ['suspension/99', 'suspension/0', 'suspension/x', 'other/1', 'revocation/99999999999'])
      expect(refusalOf(await anybody('GET', `/credentials/status/${path}`))).toEqual(refused(404, 'not_found'));
  });

  it('is an achievement, with the exam’s title', async () => {
    const { body } = await anybody('GET', '/achievements/small');
    expect(body).toMatchObject({ id: `${api.url}/achievements/small`, name: 'A small exam' });
    expect(refusalOf(await anybody('GET', '/achievements/none'))).toEqual(refused(404, 'exam_not_published'));
  });

  it('is a credential’s id, which leads to its page', async () => {
    const { certificateId, credential } = await certified(api, { name: 'Ada' });
    const { id } = credential as { id: string };
    expect(id).toBe(`${api.url}/credentials/${certificateId}`);
    const response = await fetch(id, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([303, `${api.url}${page(certificateId)}`]);
    expect((await fetch(id)).status).toBe(200);
  });

  it('is what events look like', async () => {
    const { body } = await anybody('GET', '/asyncapi.json');
    expect(body.asyncapi).toBe('3.0.0');
    const schema = await anybody('GET', '/events/schemas/certificate.revoked.v1.json');
    expect([schema.status, schema.headers.get('content-type')]).toEqual([200, 'application/schema+json; charset=utf-8']);
    expect(Object.keys(schema.body.properties)).toEqual(['certificateId', 'replacedBy']);
    expect(refusalOf(await anybody('GET', '/events/schemas/other.json'))).toEqual(refused(404, 'not_found'));
  });
});

describe('a flood from one address', () => {
  it('is cut off, for programs and people together, while another address is served', async () => {
    const limited = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '10' } });
    try {
      const { certificateId } = await registered(limited);
      const caller = limited.withToken(undefined);
      const from = (address: string) => (path: string) => caller('GET', path, undefined, { 'x-forwarded-for': address });
      const [flood, other] = [from('203.0.113.1'), from('203.0.113.2')];
      const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => flood(index % 2 === 0 ? json(certificateId) : page(certificateId))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
      const refusedPage = await flood(page(certificateId));
      expect(refusedPage.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(refusedPage.body).toContain('That was a lot of requests');
      expect(Number(refusedPage.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refusalOf(await flood(json(certificateId)))).toEqual(refused(429, 'rate_limited'));
      expect([(await other(json(certificateId))).status, (await other(page(certificateId))).status]).toEqual([200, 200]);
      // The page that says so can be shown, and the rest of the API goes on.
      expect((await flood('/issuer')).status).toBe(200);
      const style = /href="([^"]+\.css)"/.exec(refusedPage.body)?.[1] ?? '';
      expect((await flood(style)).status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});

describe('while PostgreSQL is away', () => {
  it('says so, in a page and as a problem, and that it says nothing of the certificate', async () => {
    const away = await startTestApi({ environment: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' } });
    try {
      const caller = away.withToken(undefined);
      expect(refusalOf(await caller('GET', json(randomUUID())))).toEqual(refused(503, 'unavailable'));
      const { status, headers, body } = await caller('GET', page(randomUUID()));
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      expect(body).toContain('says nothing about any certificate');
      expect((await caller('GET', '/register')).status).toBe(200);
    } finally {
      await away.close();
    }
  });
});

describe('the documentation', () => {
  it('has the register’s routes, for everybody', async () => {
    const { body } = await anybody('GET', '/openapi.json');
    for (const [path, method] of [
      ['/v1/register/certificates/{certificateId}', 'get'],
      ['/v1/register/search', 'post'],
      ['/v1/register/verification', 'post'],
    ] as const) {
      expect(body.paths[path][method].security).toEqual([]);
      expect(Object.keys(body.paths[path][method].responses)).not.toContain('401');
    }
  });
});
