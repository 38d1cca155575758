import { z } from 'zod';
import { NOTICE_KINDS } from '../../../publication/mail/kinds.ts';
import { attemptParams, certificateStatus, instant, percentage, points, test, uuid } from '../../schemas.ts';

const feedbackEntry = z.object({ itemId: z.string(), title: z.string(), points, pointsMax: points, remarks: z.array(z.string()) });

const decision = z
  .object({
    test,
    round: z.number().int(),
    passed: z.boolean(),
    percentage,
    points,
    pointsMax: points,
    decidedAt: instant,
    items: z.array(z.object({ itemId: z.string(), points, pointsMax: points })),
    feedback: z.array(feedbackEntry),
  })
  .meta({ id: 'Decision' });

export const resultList = z.object({ decisions: z.array(decision) });

export const certificate = z
  .object({
    id: uuid,
    name: z.string(),
    examId: z.string(),
    examTitle: z.string(),
    score: percentage,
    issuedAt: instant,
    status: certificateStatus,
    page: z.url().meta({ description: 'Where everybody can check it' }),
    replaces: uuid.nullable().meta({ description: 'The certificate that this one took the place of' }),
  })
  .meta({ id: 'Certificate' });

export const reportParams = attemptParams.extend({ test });

export const noticeList = z.object({
  notices: z.array(
    z
      .object({
        id: uuid,
        kind: z.enum(NOTICE_KINDS).meta({ description: 'Stable; subject and body are for people, in their language' }),
        subject: z.string(),
        body: z.string(),
        createdAt: instant,
      })
      .meta({ id: 'Notice' }),
  ),
});
