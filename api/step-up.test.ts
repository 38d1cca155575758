import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../test/support/api.ts';
import { certifiedAttempt } from '../test/support/certified.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ environment: { STEP_UP_ACR_VALUES: 'gold platinum', STEP_UP_MAX_AGE_SECONDS: '300' } });
  await api.publish();
});
afterAll(() => api.close());

const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;
const as = async (subject: string, claims: object): Promise<Caller> =>
  api.withToken(await api.issuer.token({ subject, roles: ['staff'], claims: { ...claims } }));

describe('where the operator asks for a stronger or a recent sign-in', () => {
  it('what takes two persons is refused to whoever did not sign in so, says what to ask the issuer for, and is taken then', async () => {
    const { store } = api.services;
    const { attemptId } = await certifiedAttempt(store, { credentials: await issuerOf(api.services), email: `${randomUUID()}@work.example` });
    const { candidateId } = await store.attempts.read({ attemptId });
    const path = `/v1/staff/candidates/${candidateId}/accommodations`;
    const afterTheFact = { kind: 'extra_time', percent: 150, validFrom: '2026-01-01T00:00:00Z', reason: 'was ill then' };
    const weak: readonly object[] = [
      {},
      { acr: 'gold' },
      { auth_time: secondsAgo(10) },
      { acr: 'silver', auth_time: secondsAgo(10) },
      { acr: 'gold', auth_time: secondsAgo(301) },
      { acr: 'gold platinum', auth_time: secondsAgo(10) },
    ];
    for (const claims of weak) {
      const answer = await (await as('sam', claims))('POST', path, afterTheFact);
      expect(refusalOf(answer), JSON.stringify(claims)).toEqual(refused(401, 'insufficient_user_authentication'));
      const challenge = answer.headers.get('www-authenticate') ?? '';
      expect(challenge).toMatch(
        /^Bearer realm="certifiable", error="insufficient_user_authentication", error_description="[^"]+", acr_values="gold platinum", max_age="300"$/,
      );
    }
    const strong = (subject: string) => as(subject, { acr: 'platinum', auth_time: secondsAgo(10) });
    const { status, body } = await (await strong('sam'))('POST', path, afterTheFact);
    expect(status).toBe(202);
    for (const step of ['confirmation', 'refusal', 'break-glass', 'review'])
      expect(
        refusalOf(
          await (
            await as('lea', {})
          )('POST', `/v1/staff/proposed-acts/${body.id}/${step}`, step === 'confirmation' ? undefined : { reason: 'x' }),
        ),
        step,
      ).toEqual(refused(401, 'insufficient_user_authentication'));
    expect((await (await strong('lea'))('POST', `/v1/staff/proposed-acts/${body.id}/confirmation`)).status).toBe(200);
  });

  it('what one person does is taken as before', async () => {
    const { store } = api.services;
    const { attemptId } = await certifiedAttempt(store, { credentials: await issuerOf(api.services), email: `${randomUUID()}@work.example` });
    const { candidateId } = await store.attempts.read({ attemptId });
    const fromNow = { kind: 'extra_time', percent: 150, reason: 'is ill' };
    expect((await (await as('sam', {}))('POST', `/v1/staff/candidates/${candidateId}/accommodations`, fromNow)).status).toBe(201);
  });
});
