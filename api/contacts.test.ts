import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredAttempt, startTestApi, type Caller, type TestApi } from '../test/support/api.ts';

let api: TestApi;
let database: pg.Client;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** Somebody whose tokens tell different things at different times. */
function somebody() {
  const subject = randomUUID();
  return {
    subject,
    async with(claims: Readonly<Record<string, string>>, issuedAt: Date, name = 'Ada Example'): Promise<Caller> {
      return api.withToken(await api.issuer.token({ subject, name, roles: ['candidate'], claims, issuedAt }));
    },
    async known() {
      const { rows } = await database.query('SELECT name, email, locale, time_zone FROM candidate WHERE subject = $1', [subject]);
      return rows[0];
    },
  };
}

describe('where a candidate is written to', () => {
  it('is taken from whatever newer token is shown, in any request', async () => {
    const ada = somebody();
    await registeredAttempt(await ada.with({ email: 'old@example.org', locale: 'en' }, minutesAgo(30)));
    expect(await ada.known()).toMatchObject({ email: 'old@example.org', locale: 'en', time_zone: null });
    const moved = await ada.with({ email: 'new@example.org', locale: 'de', zoneinfo: 'Europe/Berlin' }, minutesAgo(20));
    await moved('GET', '/v1/exams');
    await expect.poll(() => ada.known()).toMatchObject({ email: 'new@example.org', locale: 'de', time_zone: 'Europe/Berlin' });
  });

  it('is not rolled back by an older token, neither shown nor used to register again', async () => {
    const ada = somebody();
    const first = await ada.with({ email: 'new@example.org', zoneinfo: 'Europe/Berlin' }, minutesAgo(5), 'Ada New');
    const attemptId = await registeredAttempt(first);
    const old = await ada.with({ email: 'old@example.org', locale: 'de', zoneinfo: 'Asia/Tokyo' }, minutesAgo(50), 'Ada Old');
    await old('POST', `/v1/attempts/${attemptId}/withdrawal`);
    await registeredAttempt(old);
    expect(await ada.known()).toMatchObject({ name: 'Ada New', email: 'new@example.org', time_zone: 'Europe/Berlin', locale: 'de' });
  });

  it('stays where a newer token leaves it out, or names an unverified address or a zone that there is not', async () => {
    const ada = somebody();
    await registeredAttempt(await ada.with({ email: 'ada@example.org', locale: 'en', zoneinfo: 'Europe/Berlin' }, minutesAgo(30)));
    const odd = await ada.with({ email: 'eve@example.org', email_verified: 'false', zoneinfo: 'Mars/Olympus', locale: 'fr' }, minutesAgo(20));
    await odd('GET', '/v1/attempts');
    await expect.poll(async () => (await ada.known()).locale).toBe('fr');
    expect(await ada.known()).toMatchObject({ email: 'ada@example.org', time_zone: 'Europe/Berlin' });
  });

  it('makes no record of somebody who never registered', async () => {
    const nobody = somebody();
    await (
      await nobody.with({ email: 'ada@example.org' }, minutesAgo(1))
    )('GET', '/v1/attempts');
    expect(await nobody.known()).toBeUndefined();
  });
});

/** A grader whose tokens tell different things at different times. */
function someGrader() {
  const subject = randomUUID();
  return {
    async with(claims: Readonly<Record<string, string>>, issuedAt: Date): Promise<Caller> {
      return api.withToken(await api.issuer.token({ subject, name: 'Gil Example', roles: ['grader'], claims, issuedAt }));
    },
    async known() {
      const { rows } = await database.query('SELECT name, email, locale, time_zone FROM grader WHERE subject = $1', [subject]);
      return rows[0];
    },
  };
}

describe('where a grader is written to', () => {
  it('is taken from the token with which they first ask for work, and from each newer one', async () => {
    const gil = someGrader();
    await (
      await gil.with({ email: 'old@example.org', locale: 'en' }, minutesAgo(30))
    )('GET', '/v1/assignments/queue');
    expect(await gil.known()).toEqual({ name: 'Gil Example', email: 'old@example.org', locale: 'en', time_zone: null });
    const moved = await gil.with({ email: 'new@example.org', locale: 'de', zoneinfo: 'Europe/Berlin' }, minutesAgo(20));
    await moved('POST', '/v1/assignments/claims');
    expect(await gil.known()).toEqual({ name: 'Gil Example', email: 'new@example.org', locale: 'de', time_zone: 'Europe/Berlin' });
  });

  it('is not rolled back by an older token, nor by an address that is not verified', async () => {
    const gil = someGrader();
    await (
      await gil.with({ email: 'new@example.org' }, minutesAgo(10))
    )('GET', '/v1/assignments');
    const old = await gil.with({ email: 'old@example.org', locale: 'de' }, minutesAgo(50));
    await old('GET', '/v1/assignments/queue');
    await old('PUT', '/v1/graders/me/mails', { kinds: ['reminder'], quietHours: null });
    expect(await gil.known()).toMatchObject({ email: 'new@example.org', locale: null });
    await (
      await gil.with({ email: 'eve@example.org', email_verified: 'false', locale: 'fr' }, minutesAgo(5))
    )('GET', '/v1/graders/me');
    expect(await gil.known()).toMatchObject({ email: 'new@example.org', locale: 'fr' });
  });

  it('keeps the time zone that was said with quiet hours', async () => {
    const gil = someGrader();
    const first = await gil.with({ email: 'gil@example.org', zoneinfo: 'Europe/Berlin' }, minutesAgo(30));
    await first('PUT', '/v1/graders/me/mails', { kinds: [], quietHours: { from: '21:00', until: '07:00', timeZone: 'Asia/Tokyo' } });
    await (
      await gil.with({ zoneinfo: 'America/Lima' }, minutesAgo(20))
    )('GET', '/v1/assignments/queue');
    expect(await gil.known()).toMatchObject({ time_zone: 'Asia/Tokyo' });
  });

  it('makes no record of somebody who never asked for work', async () => {
    const nobody = someGrader();
    await (
      await nobody.with({ email: 'gil@example.org' }, minutesAgo(1))
    )('GET', '/v1/exams');
    expect(await nobody.known()).toBeUndefined();
  });
});
