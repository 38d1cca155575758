import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShiftedClock } from '../../../test/support/clock.ts';
import { startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';
import { certified, submit, suspend } from '../../../test/support/register.ts';

const time = createShiftedClock();
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

let api: TestApi;
let anybody: Caller;
let certificateId: string;
beforeAll(async () => {
  api = await startTestApi({ clock: time.clock, environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  await api.publish();
  anybody = api.withToken(undefined);
  ({ certificateId } = await certified(api, { name: 'Ada Lovelace' }));
});
afterAll(() => api.close());

type Mail = {
  readonly kind: string;
  readonly address: string;
  readonly locale: string;
  readonly data: { confirmUrl?: string; stopUrl?: string; status?: string };
};

/** What the courier would send now. */
async function mails(): Promise<readonly Mail[]> {
  const taken = await api.services.store.mails.take(100);
  for (const { id } of taken) await api.services.store.mails.sent(id);
  return taken;
}

const ask = (email: string, { id = certificateId, headers = {} }: { id?: string; headers?: object } = {}) =>
  submit(anybody, `/register/${id}/watches`, { email }, headers);

const pathOf = (url: string | undefined) => (url ?? '').replace(api.url, '');

async function confirmed(email: string, id = certificateId): Promise<Mail> {
  await ask(email, { id });
  const [mail] = await mails();
  if (!mail) throw new Error('no mail');
  expect((await anybody('POST', pathOf(mail.data.confirmUrl))).status).toBe(200);
  return mail;
}

describe('who asks to be told', () => {
  it('is told nothing before the address is confirmed, by a button and not by following a link', async () => {
    const { certificateId: id } = await certified(api, { name: 'Grace Hopper' });
    const { status, headers } = await ask('Unsure@Employer.example', { id, headers: { 'accept-language': 'de-AT, en;q=0.5' } });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ kind: 'watch_confirmation', address: 'unsure@employer.example', locale: 'de-AT' });
    // A mail scanner follows the link.
    const shown = await anybody('GET', pathOf(mail?.data.confirmUrl));
    expect(shown.status).toBe(200);
    expect(shown.body).toContain(`<form method="post" action="${pathOf(mail?.data.confirmUrl)}">`);
    await api.services.store.watches.tell({ certificateId: id, occasion: 'first', status: 'suspended', certificateUrl: `${api.url}/register/${id}` });
    expect(await mails()).toEqual([]);
  });

  it('is told once a change after confirming, and never again after stopping', async () => {
    const { certificateId: id } = await certified(api, { name: 'Grace Hopper' });
    const { data } = await confirmed('hr@employer.example', id);
    expect((await anybody('POST', pathOf(data.confirmUrl))).status).toBe(200);
    const { revoke } = await suspend(api, id);
    const tell = (occasion: string, status: 'suspended' | 'revoked') =>
      api.services.store.watches.tell({ certificateId: id, occasion, status, certificateUrl: `${api.url}/register/${id}` });
    await tell('first', 'suspended');
    await tell('first', 'suspended');
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ kind: 'watch_changed', address: 'hr@employer.example', data: { status: 'suspended' } });
    await revoke();
    await tell('second', 'revoked');
    // By the mail program itself (RFC 8058), with one mail still waiting.
    const stop = pathOf(mail?.data.stopUrl);
    expect((await anybody('GET', stop)).body).toContain(`<form method="post" action="${stop}">`);
    expect((await submit(anybody, stop, { 'List-Unsubscribe': 'One-Click' })).status).toBe(200);
    expect(await mails()).toEqual([]);
    expect((await submit(anybody, stop, {})).status).toBe(200);
    await tell('third', 'revoked');
    expect(await mails()).toEqual([]);
    expect((await anybody('POST', pathOf(data.confirmUrl))).status).toBe(404);
  });

  it('learns nothing from the answer: not of the certificate, nor of the address, nor of the limits', async () => {
    const texts = new Set<string>();
    for (const [email, id] of [
      ['a@one.example', certificateId],
      ['a@one.example', certificateId],
      ['b@one.example', randomUUID()],
    ] as const) {
      const { status, body } = await ask(email, { id });
      expect(status).toBe(200);
      texts.add(body);
    }
    expect(texts.size).toBe(1);
    expect(await mails()).toHaveLength(1);
  });

  it('with what is no address is told so', async () => {
    for (const email of [
      '',
      'nobody',
      'a@b',
      'a@example.org, b@example.org',
      'a@example.org\r\nBcc: c@example.org',
      `${'a'.repeat(250)}@example.org`,
    ])
      expect((await ask(email)).status).toBe(422);
    expect((await ask('a@example.org', { id: 'no-uuid' })).status).toBe(404);
    expect(await mails()).toEqual([]);
  });
});

describe('asking too often', () => {
  it('sends one address at most 3 mails an hour, however often and however spelled at once', async () => {
    const ids = await Promise.all([1, 2, 3, 4].map(async () => (await certified(api, { name: 'Ada' })).certificateId));
    await Promise.all([...ids, ...ids].map((id, index) => ask(index % 2 === 0 ? 'victim@example.org' : 'Victim@Example.org', { id })));
    expect(await mails()).toHaveLength(3);
  });

  it('sends at most 5 mails an hour for one certificate, also at once', async () => {
    const { certificateId: id } = await certified(api, { name: 'Ada' });
    await Promise.all(Array.from({ length: 12 }, (_, index) => ask(`person-${index}@example.org`, { id })));
    expect(await mails()).toHaveLength(5);
  });
});

describe('with time', () => {
  it('who asks again after an hour gets another mail, with the same link', async () => {
    await ask('slow@example.org');
    const [first] = await mails();
    time.advanceSeconds(HOUR_SECONDS - 60);
    await ask('slow@example.org');
    expect(await mails()).toEqual([]);
    time.advanceSeconds(120);
    await ask('slow@example.org');
    const [second, ...others] = await mails();
    expect(others).toEqual([]);
    expect(second?.data).toEqual(first?.data);
  });

  it('a link to confirm works for a week, and who confirmed in time is told for ever', async () => {
    await ask('late@example.org');
    const [late] = await mails();
    const { data } = await confirmed('prompt@example.org');
    time.advanceSeconds(7 * DAY_SECONDS + 1);
    expect((await anybody('POST', pathOf(late?.data.confirmUrl))).status).toBe(404);
    expect((await anybody('POST', pathOf(data.confirmUrl))).status).toBe(200);
    // The next one who asks sweeps away what was never confirmed, and nothing else.
    await ask('next@example.org');
    await mails();
    const certificateUrl = `${api.url}/register/${certificateId}`;
    await api.services.store.watches.tell({ certificateId, occasion: 'any', status: 'revoked', certificateUrl });
    expect((await mails()).map(({ address }) => address)).toEqual(['prompt@example.org']);
  });

  it('who is confirmed is not asked again', async () => {
    await confirmed('sure@example.org');
    time.advanceSeconds(2 * HOUR_SECONDS);
    expect((await ask('sure@example.org')).status).toBe(200);
    expect(await mails()).toEqual([]);
  });
});

it('a link that is incomplete or made up does nothing', async () => {
  for (const act of ['confirm', 'stop'])
    for (const query of ['', '?token=', '?token=short', `?token=${'x'.repeat(44)}`, '?token=%00', '?token[]=a', `?token=${'<'.repeat(43)}`])
      for (const method of ['GET', 'POST']) expect((await anybody(method, `/register/watches/${act}${query}`)).status).toBe(404);
  const madeUp = 'x'.repeat(43);
  expect((await anybody('POST', `/register/watches/confirm?token=${madeUp}`)).status).toBe(404);
  expect((await anybody('POST', `/register/watches/stop?token=${madeUp}`)).status).toBe(200);
});
