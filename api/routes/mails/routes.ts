import { z } from 'zod';
import { Refusal } from '../../../domain/refusal.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { instant, iso, uuid } from '../../schemas.ts';
import type { Services } from '../../services.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const path = '/v1/staff/mails';

const undeliveredMail = z
  .object({
    id: uuid,
    kind: z.string(),
    attemptId: uuid.nullable(),
    certificateId: uuid.nullable(),
    state: z.enum(['bounced', 'given_up', 'uncertain']),
    tries: z.number().int(),
    problem: z.string().nullable(),
    createdAt: instant,
  })
  .meta({ id: 'UndeliveredMail' });

/** Mails that did not arrive. The candidate's inbox has the notice all the same. */
export function mailRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listUndeliveredMails',
      method: 'get',
      path: `${path}/undelivered`,
      tag,
      summary: 'Mails that bounced, were given up, or may have been lost with a process that died, newest first',
      roles: STAFF_READERS,
      answers: { 200: { description: 'At most 500', body: z.object({ mails: z.array(undeliveredMail) }) } },
    }).handledBy(async () => {
      const mails = await store.mails.undeliveredList();
      return { status: 200, body: { mails: mails.map((mail) => ({ ...mail, createdAt: iso(mail.createdAt) })) } };
    }),
    route({
      operationId: 'resendMail',
      method: 'post',
      path: `${path}/:mailId/resending`,
      tag,
      summary: 'Send a mail again that did not arrive, to the address as it is known by now',
      roles: acting,
      params: z.object({ mailId: uuid }),
      answers: { 204: { description: 'Queued' } },
    }).handledBy(async ({ params: { mailId } }) => {
      if (!(await store.mails.resend(mailId))) throw new Refusal('not_found', 'There is no such mail that did not arrive.');
      return { status: 204 };
    }),
  ];
}
