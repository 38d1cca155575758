import { randomBytes, randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/support/api.ts';

const UI = 'https://temporal.example.org';
const CODEC = '/v1/temporal/codec';
const newKey = () => ({ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID() });
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"why Ada needs longer"') };

let api: TestApi;
beforeAll(async () => {
  const keys = JSON.stringify({ keys: [newKey()] });
  api = await startTestApi({ environment: { TEMPORAL_CODEC_KEYS: keys, TEMPORAL_UI_URL: UI } });
});
afterAll(() => api?.close());

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

it('what Temporal keeps is decrypted for staff and auditors, and written down as a reading', async () => {
  const [kept] = await api.services.payloadCodec.encode([defaultPayloadConverter.toPayload('why Ada needs longer')]);
  const metadata = Object.entries(kept?.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const encrypted = { metadata: Object.fromEntries(metadata), data: Buffer.from(kept?.data ?? []).toString('base64') };
  expect(JSON.stringify(encrypted)).not.toContain(plain.data);
  for (const role of ['staff', 'auditor'] as const) {
    const reader = `decoding-${role}`;
    const { status, body } = await api.as(reader, role)('POST', `${CODEC}/decode`, { payloads: [encrypted, plain] });
    expect({ status, body }).toEqual({ status: 200, body: { payloads: [plain, plain] } });
    const readings = await api.services.prisma.reading.findMany({ where: { reader } });
    expect(readings).toMatchObject([{ operation: 'decodePayloads' }]);
  }
});

it('nobody else has it decrypted, with or without a token', async () => {
  for (const role of ['candidate', 'grader', 'designated'] as const) {
    expect((await api.as(`decoding-${role}`, role)('POST', `${CODEC}/decode`, { payloads: [plain] })).status).toBe(403);
  }
  expect((await api.withToken(undefined)('POST', `${CODEC}/decode`, { payloads: [plain] })).status).toBe(401);
});

it('what staff type in the UI is encrypted as workflows read it', async () => {
  const staff = api.as('typing-staff', 'staff');
  const encoded = await staff('POST', `${CODEC}/encode`, { payloads: [plain] });
  expect(encoded.status).toBe(200);
  expect(encoded.body).toMatchObject({ payloads: [{ metadata: { encoding: base64('binary/encrypted') } }] });
  expect((await staff('POST', `${CODEC}/decode`, encoded.body)).body).toEqual({ payloads: [plain] });
});

it('what no key opens comes back as it was, beside what one opens', async () => {
  const lost = { metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('lost') }, data: base64('x'.repeat(40)) };
  const { status, body } = await api.as('staff', 'staff')('POST', `${CODEC}/decode`, { payloads: [lost, plain] });
  expect({ status, body }).toEqual({ status: 200, body: { payloads: [lost, plain] } });
});

it('the page of the Temporal UI may ask this, with what it sends, and nothing else', async () => {
  const ask = async (path: string, origin: string) => {
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,authorization-extras,content-type,x-namespace',
    };
    const { headers } = await fetch(`${api.url}${path}`, { method: 'OPTIONS', headers: { origin, ...asked } });
    return { origin: headers.get('access-control-allow-origin'), allowed: headers.get('access-control-allow-headers')?.toLowerCase() ?? '' };
  };
  const { origin, allowed } = await ask(`${CODEC}/decode`, UI);
  expect(origin).toBe(UI);
  for (const header of ['authorization', 'authorization-extras', 'content-type', 'x-namespace']) expect(allowed.split(',')).toContain(header);
  expect((await ask(`${CODEC}/decode`, 'https://evil.example')).origin).toBe(null);
  expect((await ask('/v1/staff/attempts', UI)).origin).toBe(null);
});
