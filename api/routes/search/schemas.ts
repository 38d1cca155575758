import { z } from 'zod';
import { OUTCOMES, PHASES } from '../../../domain/attempt.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { givenInstant, INTEGER_MAX, instant, isPartial, uuid } from '../../schemas.ts';
import { staffAttempt } from '../staff/schemas.ts';

const SEARCH_LIMIT_MAX = 100;
const SEARCH_LIMIT_DEFAULT = 20;

export const attemptSearch = z
  .strictObject({
    text: text(
      TEXTS.soughtByStaff,
      'Beginnings of words of a candidate’s name, e-mail address or subject, in any order; or the id of an attempt or candidate. ' +
        'Case, accents, and kinds of dashes, apostrophes and blanks do not count',
    ).optional(),
    examId: text(TEXTS.key).optional(),
    version: z.number().int().min(1).max(INTEGER_MAX).optional().meta({ description: 'Of the exam; goes with `examId`' }),
    phase: z.enum(PHASES).optional(),
    outcome: z.enum(OUTCOMES).optional(),
    dueFrom: givenInstant.optional().meta({ description: 'The end of the open window, or when the result is promised, is not before it' }),
    dueUntil: givenInstant.optional().meta({ description: 'It is before this' }),
    overdue: z.literal(true).optional().meta({ description: 'The result was promised for before now' }),
    needsAttention: z.literal(true).optional().meta({ description: 'Staff were called' }),
    order: z
      .enum(['newest', 'due'])
      .default('newest')
      .meta({ description: 'A search by text is always sorted by the word that was found, one bounded by what is due by what is due first' }),
    after: z.string().max(2000).optional().meta({ description: 'The `next` of the page before' }),
    limit: z.number().int().min(1).max(SEARCH_LIMIT_MAX).default(SEARCH_LIMIT_DEFAULT),
  })
  .refine(({ version, examId }) => version === undefined || examId !== undefined, {
    path: ['version'],
    message: 'is of an exam: give examId too',
  })
  .meta({ id: 'AttemptSearch' });

/** Of a cursor, which callers hand back as they got it. */
export const cursor = z.tuple([uuid, z.string().max(300).nullable()]);

const foundAttempt = staffAttempt
  .extend({
    candidate: z.object({ id: uuid, subject: z.string(), name: z.string(), email: z.string().nullable() }),
    dueAt: instant.nullable().meta({ description: 'The end of the open window, or when the result is promised' }),
    needsAttention: z.boolean(),
  })
  .meta({ id: 'FoundAttempt' });

export const foundAttempts = z.object({
  attempts: z.array(foundAttempt),
  next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last' }),
  isPartial,
});

export const overdue = z.object({
  exams: z.array(
    z
      .object({
        examId: z.string(),
        version: z.number().int(),
        attempts: z.number().int().meta({ description: 'Whose result was promised for before now' }),
        oldestDueAt: instant,
        holders: z.array(z.object({ grader: z.string(), attempts: z.number().int() })).meta({ description: 'Who holds work of them under a lease' }),
        unheld: z.number().int().meta({ description: 'Of them, those with open work that nobody holds' }),
      })
      .meta({ id: 'OverdueExam' }),
  ),
});
