import { z } from 'zod';
import { NOTICE_KINDS } from '../../../publication/mail/kinds.ts';
import { attemptParams, certificateStatus, instant, percentage, points, test, uuid } from '../../schemas.ts';

const feedbackEntry = z.object({
  itemId: z.string(),
  title: z.string(),
  points,
  pointsMax: points,
  pointsBefore: points.nullable().meta({ description: 'Of what was appealed: its points before that. Null for the rest' }),
  response: z
    .union([z.array(z.string()), z.string()])
    .nullable()
    .meta({ description: 'Your own answer, as it was handed in: chosen ids, or text. Null where there is none, and for a criterion' }),
  answer: z.string().nullable().meta({ description: 'Your own answer as people read it: the words of what was chosen, or the text' }),
  remarks: z.array(z.string()).meta({ description: 'Each once; what graders wrote may be Markdown' }),
  graderRemarks: z
    .array(z.object({ grader: z.string().meta({ example: 'A' }), remark: z.string() }))
    .meta({ description: 'The remarks of graders apart: a letter is the same grader over the whole feedback. None of feedback of before' }),
});

const decision = z
  .object({
    test,
    round: z.number().int(),
    passed: z.boolean(),
    percentage,
    passMark: percentage,
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
