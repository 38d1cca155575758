import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UndeliveredState } from '../../../store/mails.ts';
import { refusalOf, refused, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

/** A mail that a courier took, and that did not arrive. */
async function undelivered(state: UndeliveredState): Promise<{ attemptId: string; mailId: string }> {
  const { attempts, mails } = api.services.store;
  const person = { subject: randomUUID(), name: 'Ada Example', email: 'ada@example.org' };
  const { attemptId } = await attempts.register({ ...person, examId: 'small' });
  await mails.queue({ occasionKey: randomUUID(), kind: 'aptitude_failed', data: { name: person.name }, to: { attemptId } });
  const [{ id: mailId } = { id: '' }] = await mails.take(1);
  await mails.undelivered(mailId, { state, problem: '550 nobody of this name' });
  return { attemptId, mailId };
}

async function listed() {
  const { status, body } = await staff('GET', '/v1/staff/mails/undelivered');
  expect(status).toBe(200);
  return body.mails;
}

it('staff see what did not arrive, newest first: what it was about and why, and neither name nor address', async () => {
  const bounced = await undelivered('bounced');
  const givenUp = await undelivered('given_up');
  const uncertain = await undelivered('uncertain');
  const mails = await listed();
  expect(mails.map(({ state }: { state: string }) => state)).toEqual(['uncertain', 'given_up', 'bounced']);
  expect(mails.map(({ id }: { id: string }) => id)).toEqual([uncertain.mailId, givenUp.mailId, bounced.mailId]);
  expect(mails[2]).toEqual({
    id: bounced.mailId,
    kind: 'aptitude_failed',
    attemptId: bounced.attemptId,
    certificateId: null,
    state: 'bounced',
    tries: 1,
    problem: '550 nobody of this name',
    createdAt: expect.stringMatching(/Z$/),
  });
});

it('a mail that is sent again leaves the list and is due at once; again there is none to send', async () => {
  const { mailId } = await undelivered('uncertain');
  const resend = () => staff('POST', `/v1/staff/mails/${mailId}/resending`);
  expect((await resend()).status).toBe(204);
  expect((await listed()).map(({ id }: { id: string }) => id)).not.toContain(mailId);
  expect(refusalOf(await resend())).toEqual(refused(404, 'not_found'));
  expect(await api.services.store.mails.take(1)).toMatchObject([{ id: mailId, tries: 1, address: 'ada@example.org' }]);
});

it('there is no mail to send again where there is none, or where it arrived', async () => {
  const { mailId } = await undelivered('uncertain');
  await api.services.store.mails.resend(mailId);
  await api.services.store.mails.take(1);
  await api.services.store.mails.sent(mailId);
  for (const id of [mailId, randomUUID(), 'no-id']) {
    expect(refusalOf(await staff('POST', `/v1/staff/mails/${id}/resending`))).toEqual(refused(404, 'not_found'));
  }
});

it('mails are for staff alone', async () => {
  const { mailId } = await undelivered('bounced');
  for (const [method, path] of [
    ['GET', '/v1/staff/mails/undelivered'],
    ['POST', `/v1/staff/mails/${mailId}/resending`],
  ] as const) {
    for (const role of ['candidate', 'grader', 'designated'] as const) {
      expect(refusalOf(await api.as('other', role)(method, path)), `${role} ${path}`).toEqual(refused(403, 'forbidden'));
    }
  }
  expect((await listed()).map(({ id }: { id: string }) => id)).toContain(mailId);
});
